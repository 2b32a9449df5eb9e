/* relev.h: what holds for all its functions: failure, sizes of structures,
 * kinds of watchers. */

#include <errno.h>

#include "calls.h"
#include "relev.h"

static struct ev_loop* loop;

static void on_slow(struct ev_loop* l, const struct relev_slow* slow,
                    void* data)
{
    (void)l, (void)slow, (void)data;
}

static void on_call(struct ev_loop* l, void* arg) { (void)l, (void)arg; }

#define FAILS(error, call)                \
    do {                                  \
        errno = 0;                        \
        assert_int_equal(call, -1);       \
        assert_int_equal(errno, (error)); \
    } while (0)

static void test_conventions_null_is_refused(void** state)
{
    /* Issue 19, A2: EINVAL for a null loop, and for pointers that must not be
     * null. */
    struct relev_callback one;
    struct relev_metrics m;
    struct relev_progress p;
    struct relev_error error = {.text = ""};
    char text[10];
    (void)state;

    loop = loop_fresh(0);
    FAILS(EINVAL, relev_dump(NULL, 2));
    FAILS(EINVAL, relev_dump_file(NULL, "/dev/null", 0));
    FAILS(EINVAL, relev_metrics_enable(NULL, 1));
    FAILS(EINVAL, relev_metrics_reset(NULL));
    FAILS(EINVAL, relev_callbacks_read(NULL, &one, sizeof one, 1));
    FAILS(EINVAL, relev_callbacks_read(loop, NULL, sizeof one, 1));
    FAILS(EINVAL, relev_callbacks_read(loop, &one, sizeof one, -1));
    FAILS(EINVAL, relev_metrics_read(NULL, &m, sizeof m));
    FAILS(EINVAL, relev_metrics_read(loop, NULL, sizeof m));
    FAILS(EINVAL, relev_metrics_text(NULL, text, sizeof text, NULL));
    FAILS(EINVAL, relev_metrics_text(loop, NULL, sizeof text, NULL));
    FAILS(EINVAL, relev_metrics_text(loop, text, -1, NULL));
    FAILS(EINVAL, relev_progress_read(NULL, &p, sizeof p));
    FAILS(EINVAL, relev_progress_read(loop, NULL, sizeof p));
    FAILS(EINVAL, relev_set_slow_cb(NULL, 1., on_slow, NULL));
    FAILS(EINVAL, relev_post_open(NULL));
    FAILS(EINVAL, relev_call(NULL, on_call, NULL));
    FAILS(EINVAL, relev_call(loop, NULL, NULL));
    FAILS(EINVAL, relev_error_format(NULL, text, sizeof text));
    FAILS(EINVAL, relev_error_format(&error, NULL, sizeof text));
    FAILS(EINVAL, relev_error_format(&error, text, -1));
    ev_loop_destroy(loop);
}

static void test_conventions_failure_has_a_reason(void** state)
{
    /* Issue 19, A2: -1 with errno; a level that there is not, and progress
     * that is not enabled. Nothing is written. */
    struct relev_progress p, before;
    (void)state;

    loop = loop_fresh(0);
    FAILS(EINVAL, relev_metrics_enable(loop, 3));
    FAILS(EINVAL, relev_metrics_enable(loop, -1));
    memset(&p, 'x', sizeof p), memset(&before, 'x', sizeof before);
    FAILS(ENODATA, relev_progress_read(loop, &p, sizeof p));
    assert_memory_equal(&p, &before, sizeof p);
    ev_loop_destroy(loop);
}

static void test_conventions_structures_may_grow(void** state)
{
    /* Issue 19, A1: a program whose structure is shorter than the library's
     * gets a prefix; one whose structure is longer gets zeros at the end. */
    union {
        struct relev_metrics metrics;
        struct relev_progress progress;
        char bytes[sizeof(struct relev_metrics) + 64];
    } all, part;
    (void)state;

    loop = loop_fresh(0);
    assert_int_equal(relev_metrics_enable(loop, 2), 0);
    memset(&all, 'x', sizeof all), memset(&part, 'x', sizeof part);
    assert_int_equal(relev_progress_read(loop, &all.progress, sizeof all), 0);
    for (size_t i = sizeof all.progress; i < sizeof all; ++i)
        assert_int_equal(all.bytes[i], 0);
    for (size_t size = 0; size <= sizeof all.progress; ++size) {
        assert_int_equal(relev_progress_read(loop, &part.progress, size), 0);
        assert_memory_equal(&part, &all, size);
        assert_int_equal(part.bytes[size], 'x');
    }
    memset(&part, 'x', sizeof part);
    assert_int_equal(relev_metrics_read(loop, &all.metrics, sizeof all), 2);
    for (size_t i = sizeof all.metrics; i < sizeof all; ++i)
        assert_int_equal(all.bytes[i], 0);
    for (size_t size = 0; size <= sizeof all.metrics; ++size) {
        assert_int_equal(relev_metrics_read(loop, &part.metrics, size), 2);
        assert_memory_equal(&part, &all, size < 24 ? size : 24);
        assert_int_equal(part.bytes[size], 'x');
    }
    ev_loop_destroy(loop);
}

static void test_conventions_kinds_have_an_index(void** state)
{
    /* Issue 19, A2: relev_kind is the index of an event bit in an array; what
     * is no kind has none. */
    static const int types[] = {EV_IO,    EV_TIMER, EV_PERIODIC, EV_SIGNAL,
                                EV_CHILD, EV_STAT,  EV_IDLE,     EV_PREPARE,
                                EV_CHECK, EV_EMBED, EV_FORK,     EV_CLEANUP,
                                EV_ASYNC};
    (void)state;

    for (int i = 0; i <= RELEV_KIND_ASYNC; ++i)
        assert_int_equal(relev_kind(types[i]), i);
    assert_int_equal(relev_kind(EV_CUSTOM), RELEV_KIND_OTHER);
    assert_int_equal(relev_kind(0), RELEV_KIND_OTHER);
    FAILS(EINVAL, relev_kind(EV_WRITE));
    FAILS(EINVAL, relev_kind(EV_READ | EV_TIMER));
    FAILS(EINVAL, relev_kind(EV_ERROR));
    FAILS(EINVAL, relev_kind(-1));
    FAILS(EINVAL, relev_kind(1 << 20));
}

static const Test tests[] = {
    EACH(test_conventions_null_is_refused),
    EACH(test_conventions_failure_has_a_reason),
    EACH(test_conventions_structures_may_grow),
    ONCE(test_conventions_kinds_have_an_index),
};

HARNESS_MAIN("relev_conventions", tests)
