/* relev_dump: a line for each watcher, and what keeps ev_run running. */

#include <errno.h>
#include <signal.h>
#include <sys/stat.h>

#include "clock.h"
#include "kinds.h"

#include "dump_help.h"

static char wanted[8192];

static void want(const char* format, ...) __attribute__((format(printf, 1, 2)));

static void want(const char* format, ...)
{
    size_t at = strlen(wanted);
    va_list args;
    va_start(args, format);
    vsnprintf(wanted + at, sizeof wanted - at, format, args);
    va_end(args);
}

static Any any[kinds_count];

static void* at(const char* name)
{
    for (int k = 0; k < kinds_count; ++k)
        if (!strcmp(kinds[k].name, name)) return &any[k];
    fail_msg("no %s", name);
    return NULL;
}

static void test_dump_of_every_kind(void** state)
{
    /* 1.2: every kind of watcher, and a loop that waits for all of them. */
    struct ev_loop* loop = loop_default(0);
    (void)state;

    clock_freeze();
    ev_now_update(loop);
    kinds_open();
    wanted[0] = 0;
    for (int k = 0; k < kinds_count; ++k) {
        kind_init(&kinds[k], &any[k]);
        kinds[k].start(loop, &any[k]);
    }
    ev_timer* timer = at("timer");
    timer->repeat = 2.5;
    ev_set_priority((ev_idle*)at("async"), 0);
    ev_feed_event(loop, at("check"), EV_CUSTOM | EV_CHECK);

    assert_int_equal(dump(loop), kinds_count);
    want("ev_io %p: fd %d, EV_READ, not ready\n", at("io"), kinds_pipe[0]);
    want("ev_timer %p: due in 100.000 s, repeat 2.500 s\n", at("timer"));
    want("ev_periodic %p: due in ", at("periodic"));
    assert_memory_equal(dumped, wanted, strlen(wanted));
    wanted[0] = 0;
    want("ev_signal %p: signal %d\n", at("signal"), SIGUSR1);
    want("ev_child %p: pid 1\n", at("child"));
    want("ev_stat %p: path /\n", at("stat"));
    want("ev_idle %p: active\n", at("idle"));
    want("ev_prepare %p: active\n", at("prepare"));
    want("ev_embed %p: loop %p (references: 0)\n", at("embed"),
         (void*)kinds_embedded);
    want("ev_check %p: active, pending EV_CHECK|EV_CUSTOM\n", at("check"));
    want("ev_fork %p: active\n", at("fork"));
    want("ev_cleanup %p: holds no reference\n", at("cleanup"));
    want("ev_async %p: active\n", at("async"));
    want("references: 15 (15 of watchers, 0 by ev_ref and ev_unref)\n");
    want(
        "ev_run goes on because of: 1 ev_io, 1 ev_timer, 1 ev_periodic, "
        "1 ev_signal, 1 ev_child, 1 ev_stat, 1 ev_idle, 1 ev_prepare, "
        "1 ev_check, 1 ev_embed, 1 ev_fork, 1 ev_async, 1 pending event\n");
    const char* rest = strstr(dumped, "ev_signal");
    assert_non_null(rest);
    assert_string_equal(rest, wanted);
    assert_int_equal(relev_refs(loop), 15);
    for (int k = 0; k < kinds_count; ++k) kinds[k].stop(loop, &any[k]);
    turn(loop);
    ev_loop_destroy(loop);
    kinds_close();
    clock_thaw();
    signal(SIGCHLD, SIG_DFL);
}

/* What the last line says of a kind: ev_cleanup holds no reference. */
static void one_reason(const Kind* kind)
{
    struct ev_loop* loop = loop_default(0);
    char expected[40];

    kinds_open();
    kind_init(kind, &any[0]);
    kind->start(loop, &any[0]);
    snprintf(expected, sizeof expected, "1 ev_%s", kind->name);
    if (!kind_holds(kind)) strcpy(expected, "nothing");
    assert_string_equal(dump_reason(loop), expected);
    assert_int_equal(!relev_refs(loop), !kind_holds(kind));
    ev_ref(loop), ev_ref(loop);
    strcpy(expected, dump_reason(loop));
    assert_non_null(strstr(expected, "2 ev_ref"));
    ev_unref(loop), ev_unref(loop);
    kind->stop(loop, &any[0]);
    assert_string_equal(dump_reason(loop), "nothing");
    ev_loop_destroy(loop);
    kinds_close();
    signal(SIGCHLD, SIG_DFL);
}

static void test_dump_names_each_kind_as_the_reason(void** state)
{
    /* 1.2: the last line is right for each kind. */
    (void)state;
    for (int k = 0; k < kinds_count; ++k) one_reason(&kinds[k]);
}

static void nothing(int revents, void* arg) { (void)revents, (void)arg; }

static void test_dump_names_references_and_pending_events(void** state)
{
    /* 1.2: ev_ref, ev_unref, a pending event, ev_once and ev_break. */
    struct ev_loop* loop = loop_fresh(0);
    ev_timer t = timer_of("t", 1000, 0), p = timer_of("p", 0, 0);
    (void)state;

    assert_string_equal(dump_reason(loop), "nothing");
    ev_ref(loop);
    assert_string_equal(dump_reason(loop), "1 ev_ref");
    assert_int_equal(relev_refs(loop), 1);
    ev_unref(loop);
    ev_timer_start(loop, &t);
    ev_unref(loop);
    assert_string_equal(dump_reason(loop),
                        "nothing (and 1 ev_unref for ev_timer)");
    assert_int_equal(relev_refs(loop), 0);
    ev_ref(loop);
    ev_feed_event(loop, &p, EV_TIMER);
    assert_string_equal(dump_reason(loop), "1 ev_timer, 1 pending event");
    ev_timer_stop(loop, &t);
    assert_string_equal(dump_reason(loop), "1 pending event");
    assert_int_equal(dump(loop), 1);
    assert_non_null(strstr(dumped, ": not active, pending EV_TIMER\n"));
    ev_clear_pending(loop, &p);
    ev_once(loop, -1, 0, 1000., nothing, NULL);
    assert_string_equal(dump_reason(loop), "1 ev_once");
    assert_non_null(strstr(dumped, "ev_once: due in "));
    ev_ref(loop), ev_break(loop, EVBREAK_ALL);
    assert_string_equal(dump_reason(loop),
                        "1 ev_once, 1 ev_ref; ev_break ends it");
    ev_loop_destroy(loop);
}

static void test_dump_tells_readiness_and_priority(void** state)
{
    /* 1.2: the kernel is asked whether an fd is ready, or closed. */
    struct ev_loop* loop = loop_fresh(0);
    int fds[2], closed[2];
    (void)state;

    dump(loop); /* opens its file */
    assert_int_equal(pipe(fds), 0);
    assert_int_equal(pipe(closed), 0);
    ev_io r = io_of("r", fds[0], EV_READ), w = io_of("w", fds[1], EV_WRITE);
    ev_io c = io_of("c", closed[0], EV_READ | EV_WRITE);
    ev_set_priority(&w, -2);
    ev_io_start(loop, &r), ev_io_start(loop, &w), ev_io_start(loop, &c);
    close(closed[0]);
    assert_int_equal(dump(loop), 3);
    assert_non_null(strstr(dumped, ", EV_READ, not ready\n"));
    assert_non_null(strstr(dumped, ", EV_WRITE, ready, priority -2\n"));
    assert_non_null(strstr(dumped, ", EV_READ|EV_WRITE, closed\n"));
    assert_int_equal(write(fds[1], "x", 1), 1);
    dump(loop);
    assert_non_null(strstr(dumped, ", EV_READ, ready\n"));
    assert_string_equal(dump_reason(loop), "3 ev_io");
    ev_loop_destroy(loop);
    close(fds[0]), close(fds[1]), close(closed[1]);
}

static void test_dump_of_an_embedding_names_the_other_loop(void** state)
{
    /* 1.2: the embedded loop and how many references it has. */
    struct ev_loop *outer = loop_fresh(0),
                   *inner = ev_loop_new(embeddable_backend());
    ev_timer t = timer_of("t", 1000, 0);
    char expected[100];
    ev_embed w;
    (void)state;

    ev_timer_start(inner, &t);
    ev_embed_init(&w, NULL, inner);
    ev_embed_start(outer, &w);
    assert_string_equal(dump_reason(outer), "1 ev_embed");
    snprintf(expected, sizeof expected, "ev_embed %p: loop %p (references: 1)",
             (void*)&w, (void*)inner);
    dump(outer);
    assert_memory_equal(dumped, expected, strlen(expected));
    assert_string_equal(dump_reason(inner), "1 ev_timer");
    ev_embed_stop(outer, &w);
    ev_loop_destroy(outer);
    ev_loop_destroy(inner);
}

static void* no_memory(void* old, long size) EV_NOEXCEPT
{
    (void)old, (void)size;
    abort();
}

static void* memory(void* old, long size) EV_NOEXCEPT
{
    if (size) return realloc(old, (size_t)size);
    free(old);
    return NULL;
}

static void test_dump_allocates_nothing_and_keeps_errno(void** state)
{
    /* 1.2: it works in a program that is short of memory; errno is kept, or
     * says why the descriptor cannot be written. */
    struct ev_loop* loop = loop_fresh(0);
    ev_timer t = timer_of("t", 1000, 0);
    int fds[2];
    (void)state;

    assert_int_equal(pipe(fds), 0);
    ev_timer_start(loop, &t);
    ev_set_allocator(no_memory);
    errno = 77;
    assert_int_equal(relev_dump(loop, fds[1]), 1);
    assert_int_equal(errno, 77);
    assert_int_equal(relev_dump(loop, -1), -1);
    assert_int_equal(errno, EBADF);
    ev_set_allocator(memory);
    ev_loop_destroy(loop);
    close(fds[0]), close(fds[1]);
}

static const Test tests[] = {
    EACH(test_dump_of_every_kind),
    EACH(test_dump_names_each_kind_as_the_reason),
    EACH(test_dump_names_references_and_pending_events),
    EACH(test_dump_tells_readiness_and_priority),
    EACH(test_dump_of_an_embedding_names_the_other_loop),
    EACH(test_dump_allocates_nothing_and_keeps_errno),
};

HARNESS_MAIN("relev_dump", tests)
