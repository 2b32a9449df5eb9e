// White box: core/heap.hh, random operations against a plain model.

#include "core/heap.hh"

#include "white.hh"

namespace {

using evi::Heap;
using evi::TimeWatcher;

// Few different times, so that there are many equal ones.
ev_tstamp random_time() { return random_below(64) / 4. - 4; }

constexpr int room = 500;

struct Model {
    TimeWatcher watchers[room];
    ev_tstamp at[room];  // what we know; the heap must not change it
    bool in[room];
    int count;
};

Model model;
Heap<TimeWatcher> heap;

void model_clear()
{
    memset(static_cast<void*>(&model), 0, sizeof model);
    heap.free();
}

ev_tstamp earliest()
{
    ev_tstamp least = evi::forever;
    for (int i = 0; i < room; ++i)
        if (model.in[i]) least = evi::min(least, model.at[i]);
    return least;
}

void set(int i, ev_tstamp at) { model.watchers[i].at = model.at[i] = at; }

// Or sooner.
void put_off(int i, ev_tstamp at)
{
    model.at[i] = at;
    heap.put_off_first(&model.watchers[i], at);
    heap.verify();
}

void push(int i)
{
    heap.reserve([](TimeWatcher*) {}), heap.push(&model.watchers[i]);
    model.in[i] = true;
    ++model.count;
}

// Takes it out; `active` is the owner's to clear.
void remove(int i)
{
    TimeWatcher* w = &model.watchers[i];
    heap.drop(w, w->active);
    model.watchers[i].active = 0;
    model.in[i] = false;
    --model.count;
}

void operate(int kind, int i)
{
    switch (kind) {
        case 0:
            if (model.in[i]) return;
            set(i, random_time());
            return push(i);
        case 1:
            if (model.in[i]) remove(i);
            return;
        case 2:
            if (!model.in[i]) return;
            set(i, random_time());
            return heap.adjust(&model.watchers[i]);
        case 3:
            if (model.count)
                remove(static_cast<int>(heap.top() - model.watchers));
            return;
        case 4:
            for (int k = 0; k < room; ++k)
                if (model.in[k]) model.at[k] += 0.5;
            return heap.shift(0.5);
        default:
            for (int k = 0; k < room; ++k)
                if (model.in[k]) put_off(k, random_time());
            return heap.requeue_each();
    }
}

void assert_same()
{
    heap.verify();
    assert_int_equal(heap.empty(), model.count == 0);
    assert_int_equal(heap.end() - heap.begin(), model.count);
    if (model.count) {
        assert_true(heap.top_at() == earliest());
        assert_true(heap.top()->at == heap.top_at());
    }
    for (int i = 0; i < room; ++i) {
        assert_int_equal(heap.contains(&model.watchers[i]), model.in[i]);
        assert_true(model.watchers[i].at == model.at[i]);
        assert_true(!model.in[i] == !model.watchers[i].active);
    }
}

void test_heap_random_operations_match_a_model(void**)
{
    /* R1.60: whatever was pushed, removed and changed, the top is the earliest
     * and the order below it is that of a heap. */
    for (int round = 0; round < 20; ++round) {
        model_clear();
        int some = 2 + round * round;  // of the watchers
        for (int i = 0; i < 2000; ++i) {
            int kind = random_below(8), rare = random_below(20);
            operate(kind < 3 ? kind
                    : rare   ? kind & 1
                             : 3 + random_below(3),
                    random_below(some));
            assert_same();
        }
    }
    model_clear();
}

void test_heap_is_emptied_in_order(void**)
{
    /* R1.60: taking the top again and again gives all, earliest first. */
    for (int n = 0; n < room; n = n * 3 / 2 + 1) {
        model_clear();
        for (int i = 0; i < n; ++i) {
            set(i, random_time());
            push(i);
        }
        ev_tstamp last = -100;
        for (int i = 0; i < n; ++i) {
            assert_true(heap.top_at() >= last);
            last = heap.top_at();
            remove(static_cast<int>(heap.top() - model.watchers));
            heap.verify();
        }
        assert_true(heap.empty());
    }
    model_clear();
}

void test_heap_of_two_equal_keeps_their_order(void**)
{
    /* R1.60: of exactly two with equal time the one pushed first is first. */
    model_clear();
    for (int first = 0; first < 2; ++first) {
        push(first), push(!first);
        assert_ptr_equal(heap.top(), &model.watchers[first]);
        remove(first), remove(!first);
    }
    model_clear();
}

void test_heap_of_stale_entries_does_not_grow_for_ever(void**)
{
    /* R4.12, R3.9: watchers that are initialized while active and started
     * again, among many that are not, also if every second start is proper. */
    constexpr int many = 20000;
    static TimeWatcher watchers[many + 2];
    for (int each = 1; each <= 3; ++each) {
        memset(static_cast<void*>(watchers), 0, sizeof watchers);
        model_clear();
        int live = 0, dropped = 0;
        for (int i = 0; i < 10 * many; ++i) {
            bool fresh = i % each == 0 && live < many;
            TimeWatcher* w = &watchers[fresh ? live++ : many + i % 2];
            w->at = i;  // later than all: at the end
            w->active = 0;
            heap.reserve([&](TimeWatcher*) { ++dropped; });
            heap.push(w);
        }
        int entries = heap.end() - heap.begin();
        assert_int_equal(entries + dropped, 10 * many);
        assert_true(entries < 3 * many);
        for (int i = 0; i < live; ++i) assert_true(heap.contains(&watchers[i]));
    }
    model_clear();
}

void test_heap_empty_has_no_members(void**)
{
    /* R1.60: a fresh heap, of all zero bytes, is empty and sound. */
    static TimeWatcher timer;
    model_clear();
    heap.verify();
    assert_true(heap.empty());
    assert_int_equal(heap.begin(), heap.end());
    assert_false(heap.contains(&timer));
    heap.shift(1), heap.requeue_each();
    for (timer.active = -1; timer.active < 9; ++timer.active)
        assert_false(heap.contains(&timer)); /* a stranger at any index */
    assert_true(heap.empty());
}

// Twenty members, some damage, and verify notices.
void assert_verify_aborts(void (*damage)())
{
    model_clear();
    for (int i = 0; i < 20; ++i) set(i, i), push(i);
    assert_aborts([damage] {
        damage();
        heap.verify();
    });
    model_clear();
}

void test_heap_verify_finds_damage(void**)
{
    /* R1.89: verify aborts when the due time or the index of a member was
     * overwritten from outside. */
    assert_verify_aborts([] { model.watchers[0].at = -99; });
    assert_verify_aborts([] { model.watchers[19].at = -1; });
    assert_verify_aborts([] { model.watchers[4].at = 99; });
    assert_verify_aborts([] { model.watchers[7].active = 0; });
    assert_verify_aborts([] { model.watchers[7].active++; });
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(test_heap_random_operations_match_a_model),
        cmocka_unit_test(test_heap_is_emptied_in_order),
        cmocka_unit_test(test_heap_of_two_equal_keeps_their_order),
        cmocka_unit_test(test_heap_of_stale_entries_does_not_grow_for_ever),
        cmocka_unit_test(test_heap_empty_has_no_members),
        cmocka_unit_test(test_heap_verify_finds_damage),
    };
    return cmocka_run_group_tests_name("heap", tests, nullptr, nullptr);
}
