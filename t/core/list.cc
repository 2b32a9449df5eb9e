// White box: core/list.hh, random operations against a plain model.

#include "core/list.hh"

#include "white.hh"

namespace {

struct Member {
    int active;
    int fd;
};

struct Entry {
    Member* w;

    bool here(int fd) const { return w->fd == fd; }
};

constexpr int room = 300;

Member members[room];
evi::List<Entry> list;
Member* model[room];  // in starting order
int model_count;

void clear()
{
    list.free();
    memset(members, 0, sizeof members);
    model_count = 0;
}

void start(Member* w)
{
    list.reserve(0);
    list.push(w);
    model[model_count++] = w;
}

void stop(Member* w)
{
    list.remove(w->active - 1);
    w->active = 0;
    int kept = 0;
    for (int i = 0; i < model_count; ++i)
        if (model[i] != w) model[kept++] = model[i];
    model_count = kept;
}

// The members in starting order, each at the position that it names.
void assert_same()
{
    int n = 0;
    list.verify();
    assert_int_equal(list.live, model_count);
    for (int i = 0; i < list.entries.count; ++i) {
        Member* w = list.at(i);
        if (!w) continue;
        assert_ptr_equal(w, model[n++]);
        assert_int_equal(w->active, i + 1);
        assert_true(list.holds(w));
        assert_int_equal(list.find(w), i);
    }
    assert_int_equal(n, model_count);
}

void test_list_random_operations_match_a_model(void**)
{
    /* R4.12: a list keeps the starting order, and each member names its
     * position. */
    clear();
    for (int round = 0; round < 20000; ++round) {
        Member* w = members + random_below(room);
        if (random_below(50) == 0) list.tidy(0);
        else if (w->active) stop(w);
        else if (random_below(4) < 1 + round / 1000 % 4) start(w);
        if (round % 16 == 0) assert_same();
    }
    clear();
}

void test_list_stop_of_a_member_keeps_its_memory(void**)
{
    /* R4.2: a stop allocates and frees nothing. */
    clear();
    for (int i = 0; i < 100; ++i) start(members + i);
    Entry* data = list.entries.data;
    int capacity = list.entries.capacity;
    for (int i = 0; i < 100; ++i) stop(members + i);
    assert_ptr_equal(list.entries.data, data);
    assert_int_equal(list.entries.capacity, capacity);
    assert_int_equal(list.entries.count, 0);
    clear();
}

void test_list_starts_and_stops_in_turn_do_not_grow_it(void**)
{
    /* R4.2: nulls are removed before the list grows. */
    clear();
    for (int i = 0; i < 4; ++i) start(members + i);
    int capacity = list.entries.capacity;
    for (int i = 0; i < 1000; ++i) {
        start(members + 4 + i % 2);
        if (i) stop(members + 4 + (i + 1) % 2);
    }
    assert_int_equal(list.entries.capacity, capacity);
    assert_same();
    clear();
}

void test_list_walk_after_many_stops_meets_few_nulls(void**)
{
    /* R4.14: the cost of a walk depends on those that are active. */
    clear();
    for (int i = 0; i < room; ++i) start(members + i);
    for (int i = 0; i < room - 1; ++i) stop(members + i);
    assert_int_equal(list.entries.count, room);
    list.tidy(0);
    assert_int_equal(list.entries.count, 1);
    assert_same();
    clear();
}

void test_list_squeeze_keeps_a_member_initialized_while_active(void**)
{
    /* R4.12: it stays, and is not active. */
    clear();
    for (int i = 0; i < 40; ++i) start(members + i);
    members[39].active = 0;
    for (int i = 0; i < 39; ++i) stop(members + i);
    list.tidy(0);
    assert_int_equal(list.entries.count, 1);
    assert_ptr_equal(list.at(0), members + 39);
    assert_int_equal(members[39].active, 0);
    assert_false(list.holds(members + 39));
    clear();
}

void test_list_verify_finds_damage(void**)
{
    /* R1.89: verify aborts when the invariant does not hold. */
    assert_aborts([] {
        clear();
        start(members);
        list.entries[0].w = nullptr;
        list.verify();
    });
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(test_list_random_operations_match_a_model),
        cmocka_unit_test(test_list_stop_of_a_member_keeps_its_memory),
        cmocka_unit_test(test_list_starts_and_stops_in_turn_do_not_grow_it),
        cmocka_unit_test(test_list_walk_after_many_stops_meets_few_nulls),
        cmocka_unit_test(
            test_list_squeeze_keeps_a_member_initialized_while_active),
        cmocka_unit_test(test_list_verify_finds_damage),
    };
    return cmocka_run_group_tests_name("list", tests, nullptr, nullptr);
}
