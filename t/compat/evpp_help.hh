// The frame of the tests of ev++.h: what harness.h is for those in C. A test
// runs once per backend, its number in `backend`, or once with 0.

#ifndef EVPP_HELP_HH
#define EVPP_HELP_HH

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ev++.h"

extern "C" {
#include <cmocka.h>
}

static unsigned backend;

struct Test {
    const char* name;
    void (*run)();
    bool each;
};

#define EACH(f)     \
    {               \
#f, f, true \
    }
#define ONCE(f)      \
    {                \
#f, f, false \
    }

static inline void harness_call(void** state)
{
    const Test* test = static_cast<const Test*>(*state);
    static const unsigned bits[] = {ev::SELECT, ev::POLL, ev::EPOLL};
    backend = 0;
    if (!test->each) return test->run();
    for (unsigned bit : bits) {
        backend = bit;
        print_message("# backend %u\n", bit);
        test->run();
    }
}

template <size_t n>
int harness_run(const char* group, Test (&tests)[n])
{
    static CMUnitTest unit[n];
    unsetenv("LIBEV_FLAGS");
    for (size_t i = 0; i < n; ++i) {
        unit[i].name = tests[i].name;
        unit[i].test_func = harness_call;
        unit[i].initial_state = &tests[i];
    }
    return _cmocka_run_group_tests(group, unit, n, nullptr, nullptr);
}

// The number of references: what a run that does not wait returns.
static inline int references(struct ev_loop* loop)
{
    return ev_run(loop, EVRUN_NOWAIT);
}

struct Pipe {
    int fds[2];
    Pipe() { assert_int_equal(pipe(fds), 0); }
    ~Pipe() { close(fds[0]), close(fds[1]); }
    int reader() const { return fds[0]; }
    int writer() const { return fds[1]; }
    void fill() { assert_int_equal(write(fds[1], "x", 1), 1); }
};

// Counts calls, and remembers the latest.
template <class Watcher>
struct Counter {
    int calls = 0;
    int revents = 0;
    Watcher* watcher = nullptr;

    void method(Watcher& w, int got) { ++calls, revents = got, watcher = &w; }
    void plain() { ++calls; }
    void operator()(Watcher& w, int got) { method(w, got); }
    static void function(Watcher& w, int got)
    {
        static_cast<Counter*>(w.data)->method(w, got);
    }
};

#endif
