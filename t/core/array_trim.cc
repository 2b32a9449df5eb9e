// White box: core/array.hh, memory that is freed, kept or refused.

#include "core/array.hh"

#include "white.hh"

namespace {

using evi::Array;

bool refuse;        // the allocator has nothing left
int requests;       // for memory, more or less than before
size_t asked_last;  // the size of the latest request

void* allocate(void* old, long size)
{
    requests += size != 0;
    if (size && refuse) return nullptr;
    asked_last = static_cast<size_t>(size);
    if (size) return realloc(old, asked_last);
    free(old);
    return nullptr;
}

// Used once by n values, and empty again.
Array<int> array_after_burst(int n)
{
    Array<int> array{};
    for (int i = 1; i <= n; ++i) array.push(i);
    while (array.count) array.pop();
    return array;
}

constexpr int small_block = 4096;

void test_array_trim_after_a_burst_keeps_a_small_block(void**)
{
    /* R4.2: what a burst used is freed by the second trim, but for a block in
     * which a small array can grow again. */
    evi::hooks.allocator = allocate;
    Array<int> array = array_after_burst(100000);
    array.trim(), array.trim();
    assert_int_equal(asked_last, small_block);
    array.verify();
    requests = 0;
    for (int i = 0; i < small_block / int(sizeof(int)); ++i) array.push(i);
    array.trim(), array.trim();
    assert_int_equal(requests, 0);
    array.free();
    evi::hooks.allocator = nullptr;
}

void test_array_trim_keeps_what_is_in_use(void**)
{
    /* R4.2, R1.90: elements in use survive, with room for as many more. */
    evi::hooks.allocator = allocate;
    Array<int> array = array_after_burst(100000);
    for (int i = 0; i < 10000; ++i) array.push(i);
    array.trim(), array.trim();
    assert_int_equal(array.capacity, 20000);
    for (int i = 0; i < 10000; ++i) assert_int_equal(array[i], i);
    array.free();
    evi::hooks.allocator = nullptr;
}

void test_array_trim_in_steady_use_allocates_nothing(void**)
{
    /* R4.2: it is empty at each trim, but a quarter is used in between. */
    evi::hooks.allocator = allocate;
    Array<int> array = array_after_burst(100000);
    int n = array.capacity / 4;
    requests = 0;
    for (int round = 0; round < 5; ++round) {
        for (int i = 1; i <= n; ++i) array.push(i);
        while (array.count) array.pop();
        array.trim();
    }
    assert_int_equal(requests, 0);
    array.trim();
    assert_int_equal(requests, 1);
    array.free();
    evi::hooks.allocator = nullptr;
}

void test_array_trim_refused_keeps_the_block(void**)
{
    /* R4.2: the allocator refuses to make a block smaller: nothing happens. */
    evi::hooks.allocator = allocate;
    Array<int> array = array_after_burst(100000);
    array.push(7);
    int *data = array.data, capacity = array.capacity;
    refuse = true;
    for (int i = 0; i < 4; ++i) array.trim();
    refuse = false;
    assert_ptr_equal(array.data, data);
    assert_int_equal(array.capacity, capacity);
    assert_int_equal(array[0], 7);
    array.free();
    evi::hooks.allocator = nullptr;
}

void test_array_reserve_try_reports_no_memory(void**)
{
    /* R4.2: false, and the array is unchanged; true where it needs none. */
    evi::hooks.allocator = allocate;
    Array<int> array{};
    array.push(7);
    int *data = array.data, capacity = array.capacity;
    refuse = true;
    assert_true(array.reserve_try(capacity));
    assert_false(array.reserve_try(capacity + 1));
    refuse = false;
    assert_ptr_equal(array.data, data);
    assert_int_equal(array.capacity, capacity);
    assert_true(array.reserve_try(capacity + 1));
    assert_true(array.capacity >= 2 * capacity);
    assert_int_equal(array[0], 7);
    array.free();
    evi::hooks.allocator = nullptr;
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(test_array_trim_after_a_burst_keeps_a_small_block),
        cmocka_unit_test(test_array_trim_keeps_what_is_in_use),
        cmocka_unit_test(test_array_trim_in_steady_use_allocates_nothing),
        cmocka_unit_test(test_array_trim_refused_keeps_the_block),
        cmocka_unit_test(test_array_reserve_try_reports_no_memory),
    };
    return cmocka_run_group_tests_name("array_trim", tests, nullptr, nullptr);
}
