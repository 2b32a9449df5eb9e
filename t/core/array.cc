// White box: core/array.hh, random operations against a plain model.

#include "core/array.hh"

#include <malloc.h>

#include "white.hh"

namespace {

using evi::Array;

struct Value {  // of an odd size, so that nothing rounds by accident
    char bytes[24];
};

long live;          // blocks of memory that are out
bool refuse;        // the allocator has nothing left
size_t asked_last;  // the size of the latest request

// Moves the block each time and wipes where it was.
void* allocate(void* old, long size)
{
    if (size && refuse) return nullptr;
    size_t had = old ? malloc_usable_size(old) : 0;
    void* p = &live;  // what it returns for size 0 means nothing
    if (size) {
        asked_last = static_cast<size_t>(size);
        p = malloc(asked_last);
        memset(p, 0xa5, asked_last);
        if (old) memcpy(p, old, evi::min(had, asked_last));
    }
    live += (size != 0) - (old != nullptr);
    if (old) explicit_bzero(old, had);
    free(old);
    return p;
}

constexpr int model_room = 4096;

struct Model {
    int values[model_room];
    int count;
};

void assert_same(const Array<int>& array, const Model& model)
{
    array.verify();
    assert_int_equal(array.count, model.count);
    assert_true(array.count <= array.capacity);
    if (model.count)
        assert_memory_equal(array.data, model.values,
                            static_cast<size_t>(model.count) * sizeof(int));
}

void operate(Array<int>& array, Model& model)
{
    int n;
    switch (random_below(8)) {
        case 0:
        case 1:
        case 2:
            n = random_below(1 << 30);
            if (model.count == model_room) return;
            array.push(model.values[model.count++] = n);
            break;
        case 3:
        case 4:
            if (!model.count) return;
            assert_int_equal(array.pop(), model.values[--model.count]);
            break;
        case 5:
            n = model.count + random_below(20) - 10;
            if (n > model_room) return;
            array.extend(n);
            while (model.count < n) model.values[model.count++] = 0;
            break;
        case 6:
            n = random_below(model_room);
            array.reserve(n);
            assert_true(array.capacity >= n);
            break;
        default:
            if (!model.count) return;
            n = random_below(model.count);
            array[n] = ++model.values[n];
    }
}

void test_array_random_operations_match_a_model(void**)
{
    /* R1.90: whatever was done to it, it holds the values put in, what
     * extend adds is zero, and free gives everything back. */
    evi::hooks.allocator = allocate;
    live = 0;
    for (int round = 0; round < 20; ++round) {
        Array<int> array{};
        static Model model;
        model.count = 0;
        array.verify();
        for (int i = 0; i < 3000; ++i) {
            operate(array, model);
            assert_same(array, model);
        }
        assert_int_equal(live, array.capacity != 0);
        array.free();
        array.verify();
        assert_int_equal(live, 0);
        assert_int_equal(array.count + array.capacity, 0);
        assert_null(array.data);
    }
    evi::hooks.allocator = nullptr;
}

void test_array_extend_clears_what_was_used_before(void**)
{
    /* R1.90: memory that held a popped value is zero when it comes back. */
    Array<int> array{};
    for (int i = 0; i < 100; ++i) array.push(~0);
    for (int i = 0; i < 100; ++i) array.pop();
    array.extend(100);
    for (int i = 0; i < 100; ++i) assert_int_equal(array[i], 0);
    array.extend(50);
    assert_int_equal(array.count, 100);
    array.free();
}

void test_array_push_of_its_own_element_survives_growth(void**)
{
    /* R1.90: the value pushed may lie in the memory that is about to move. */
    evi::hooks.allocator = allocate;
    Array<Value> array{};
    array.push({"first"});
    for (int i = 1; i < 1000; ++i) array.push(array[i - 1]);
    for (int i = 0; i < 1000; ++i) assert_string_equal(array[i].bytes, "first");
    array.free();
}

void test_array_growth_is_geometric(void**)
{
    /* R1.90: n pushes ask for memory only a logarithmic number of times. */
    evi::hooks.allocator = allocate;
    Array<Value> array{};
    int growths = 0;
    for (int i = 0; i < 100000; ++i) {
        int before = array.capacity;
        array.push({});
        if (array.capacity == before) continue;
        ++growths;
        assert_true(asked_last
                    >= static_cast<size_t>(array.capacity) * sizeof(Value));
    }
    assert_true(growths < 40);
    array.free();
    evi::hooks.allocator = nullptr;
}

void test_array_free_of_an_empty_one_may_be_repeated(void**)
{
    /* R1.90: an empty array owns nothing. */
    evi::hooks.allocator = allocate;
    live = 0;
    Array<Value> array{};
    array.free();
    array.reserve(0);
    array.extend(0);
    assert_int_equal(live, 0);
    array.push({});
    array.free();
    array.free();
    assert_int_equal(live, 0);
    evi::hooks.allocator = nullptr;
}

void test_array_out_of_memory_aborts(void**)
{
    /* R1.90: a null for a non-zero size aborts the process. */
    evi::hooks.allocator = allocate;
    refuse = true;
    assert_aborts([] {
        Array<int> array{};
        array.push(1);
    });
    refuse = false;
    evi::hooks.allocator = nullptr;
}

void test_array_verify_finds_damage(void**)
{
    /* R1.89: verify aborts when the invariant does not hold. */
    assert_aborts([] {
        Array<int> array{};
        array.push(1);
        array.count = array.capacity + 1;
        array.verify();
    });
    assert_aborts([] {
        Array<int> array{};
        array.capacity = 1;
        array.verify();
    });
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(test_array_random_operations_match_a_model),
        cmocka_unit_test(test_array_extend_clears_what_was_used_before),
        cmocka_unit_test(test_array_push_of_its_own_element_survives_growth),
        cmocka_unit_test(test_array_growth_is_geometric),
        cmocka_unit_test(test_array_free_of_an_empty_one_may_be_repeated),
        cmocka_unit_test(test_array_out_of_memory_aborts),
        cmocka_unit_test(test_array_verify_finds_damage),
    };
    return cmocka_run_group_tests_name("array", tests, nullptr, nullptr);
}
