// White box: core/index.hh, random operations against a plain model.

#include "core/index.hh"

#include "core/loop.hh"
#include "white.hh"

namespace {

using evi::Index;
using evi::Watcher;

constexpr int room = 300;
constexpr int keys = 40;

Watcher members[room];
int key_of[room];  // what we know; 0: not in the index
Index index_;

void clear()
{
    index_.free();
    memset(static_cast<void*>(members), 0, sizeof members);
    memset(key_of, 0, sizeof key_of);
}

void start(int n, int key)
{
    if (index_.full()) index_.reserve(8);
    index_.push(members + n, key);
    key_of[n] = key;
}

void stop(int n)
{
    index_.remove(members[n].active - 1);
    members[n].active = 0;
    key_of[n] = 0;
}

void move(int n, int key)
{
    index_.move(members[n].active - 1, key);
    key_of[n] = key;
}

// Each member of the key once.
void assert_found(int key)
{
    bool found[room] = {};
    bool any = false;
    index_.each(key, [&](int place) {
        auto n = index_.at(place) - members;
        assert_false(found[n]);
        found[n] = true;
    });
    for (int n = 0; n < room; ++n) {
        assert_int_equal(found[n], key_of[n] == key);
        any |= found[n];
    }
    assert_int_equal(index_.has(key), any);
}

void assert_same()
{
    int live = 0;
    index_.verify();
    for (int n = 0; n < room; ++n) {
        assert_int_equal(index_.holds(members + n), key_of[n] != 0);
        if (!key_of[n]) continue;
        ++live;
        assert_int_equal(index_.find(members + n), members[n].active - 1);
        assert_int_equal(index_.key(members[n].active - 1), key_of[n]);
    }
    assert_int_equal(index_.live, live);
    for (int key = 1; key < keys; ++key) assert_found(key);
}

void test_index_random_operations_match_a_model(void**)
{
    /* R4.12: each member names its position, and is found by its key. */
    clear();
    for (int round = 0; round < 20000; ++round) {
        int n = random_below(room);
        int key = 1 + random_below(keys - 1);
        if (!key_of[n]) {
            if (random_below(4) < 1 + round / 1000 % 4) start(n, key);
        } else if (random_below(3)) {
            stop(n);
        } else {
            move(n, key);
        }
        if (random_below(4) == 0) assert_found(key);
        if (round % 64 == 0) assert_same();
    }
    clear();
}

void test_index_each_lists_the_latest_first(void**)
{
    /* R2.42: they are called in the order of their starts, and of two events
     * the one queued last is called first. */
    int order[3] = {}, n = 0;
    clear();
    for (int i = 0; i < 3; ++i) start(i, 7);
    index_.each(7, [&](int place) { order[n++] = place; });
    assert_int_equal(n, 3);
    for (int i = 0; i < 3; ++i) assert_int_equal(order[i], 2 - i);
    clear();
}

void test_index_walk_may_remove_and_move_its_member(void**)
{
    /* R4.12: a dead entry is dropped by the call that finds it. */
    clear();
    for (int i = 0; i < 30; ++i) start(i, 7);
    index_.each(7, [](int place) {
        auto n = static_cast<int>(index_.at(place) - members);
        if (n % 3 == 0) stop(n);
        else if (n % 3 == 1) move(n, 8);
    });
    assert_same();
    clear();
}

void test_index_starts_and_stops_in_turn_do_not_grow_it(void**)
{
    /* R4.2: nulls are removed before the index grows. */
    clear();
    for (int i = 0; i < 4; ++i) start(i, 1 + i);
    int capacity = index_.entries.capacity;
    for (int i = 0; i < 1000; ++i) {
        start(4 + i % 2, 5);
        if (i) stop(4 + (i + 1) % 2);
    }
    assert_int_equal(index_.entries.capacity, capacity);
    assert_same();
    clear();
}

void test_index_stop_of_a_member_keeps_its_memory(void**)
{
    /* R4.2: a stop allocates and frees nothing. */
    clear();
    for (int i = 0; i < 100; ++i) start(i, 1 + i % 5);
    evi::IndexEntry* data = index_.entries.data;
    for (int i = 0; i < 100; ++i) stop(i);
    assert_ptr_equal(index_.entries.data, data);
    assert_int_equal(index_.entries.count, 0);
    clear();
}

void test_index_trim_after_a_burst_keeps_those_that_are_active(void**)
{
    /* R1.90: memory is released after a burst, and nothing is lost. */
    static Watcher crowd[3000];
    clear();
    for (int i = 0; i < 3000; ++i) {
        if (index_.full()) index_.reserve(8);
        index_.push(crowd + i, 9);
    }
    start(0, 7);
    int before = index_.entries.capacity;
    for (auto& w : crowd) index_.remove(w.active - 1);
    for (int i = 0; i < 3; ++i) index_.trim();
    assert_true(index_.entries.capacity < before);
    assert_same();
    clear();
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(test_index_random_operations_match_a_model),
        cmocka_unit_test(test_index_each_lists_the_latest_first),
        cmocka_unit_test(test_index_walk_may_remove_and_move_its_member),
        cmocka_unit_test(test_index_starts_and_stops_in_turn_do_not_grow_it),
        cmocka_unit_test(test_index_stop_of_a_member_keeps_its_memory),
        cmocka_unit_test(
            test_index_trim_after_a_burst_keeps_those_that_are_active),
    };
    return cmocka_run_group_tests_name("index", tests, nullptr, nullptr);
}
