// White box: core/set.hh, random operations against a plain model.

#include "core/set.hh"

#include "white.hh"

namespace {

constexpr int room = 5000;

evi::Set set;
ev_signal watchers[room];
bool in[room];

void check(int first, int last)
{
    for (int i = first; i < last; ++i)
        assert_int_equal(set.has(&watchers[i]), in[i]);
    set.verify();
}

void change(int i)
{
    if (in[i]) set.remove(&watchers[i]);
    else set.add(&watchers[i]);
    in[i] = !in[i];
}

void test_set_knows_what_was_added_and_not_removed(void**)
{
    for (int step = 0; step < 20000; ++step) {
        change(random_below(60));
        check(0, 64);
    }
    for (int i = 0; i < 64; ++i)
        if (in[i]) change(i);
    assert_int_equal(set.count, 0);
    set.free();
}

void test_set_grows_and_gives_memory_back(void**)
{
    assert_false(set.has(&watchers[0]));
    for (int i = 0; i < room; ++i) change(i);
    check(0, room);
    assert_in_range(set.places.count, 2 * room, 4 * room);
    for (int i = 10; i < room; ++i) {
        change(i);
        if (i % 100 == 0) check(0, room);
    }
    check(0, room);
    assert_in_range(set.places.count, 20, 1024);
    for (int i = 0; i < 10; ++i) change(i);
    check(0, room);
    set.free();
    assert_null(set.places.data);
}

void test_set_damage_is_found(void**)
{
    change(0), change(1);
    assert_aborts([] {
        set.count = 3;
        set.verify();
    });
    assert_aborts([] {
        for (int i = 0; i < set.places.count; ++i)
            if (!set.places[i])
                set.places[i] = reinterpret_cast<uintptr_t>(&watchers[0]);
        set.verify();
    });
    change(0), change(1);
    set.free();
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(test_set_knows_what_was_added_and_not_removed),
        cmocka_unit_test(test_set_grows_and_gives_memory_back),
        cmocka_unit_test(test_set_damage_is_found),
    };
    return cmocka_run_group_tests_name("set", tests, nullptr, nullptr);
}
