// A workbench for one backend: a loop on it, whose fds are driven through the
// vtable of backends/backend.hh by hand, and probes that note what it reports.
// The system calls that wait are recorded, and fail if asked to.

#ifndef BACKEND_HH_
#define BACKEND_HH_

#include "ev.c"
#include "white.hh"

#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>

namespace {

using evi::Backend;
using evi::Loop;

struct Waits {
    int count;          // system calls since the last reset
    ev_tstamp timeout;  // of the latest
    int fail;           // with this errno, if not 0
    bool pretend;       // return at once: nothing is ready
    char order[16];     // of release r, the wait w, and acquire a

    void note(char c)
    {
        size_t n = strlen(order);
        if (n + 1 < sizeof order) order[n] = c, order[n + 1] = 0;
    }

    // True: the true call is not to be made, the result is `failed()`.
    bool wait(ev_tstamp seconds)
    {
        ++count;
        timeout = seconds;
        note('w');
        return fail || pretend;
    }

    int failed()
    {
        if (!fail) return 0;
        errno = fail;
        return -1;
    }
};

Waits waits;

ev_tstamp seconds(const timespec& t)
{
    return ev_tstamp(t.tv_sec) + ev_tstamp(t.tv_nsec) * 1e-9;
}

template <class F>
F* real(const char* name)  // in the C library
{
    return reinterpret_cast<F*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" int epoll_wait(int fd, epoll_event* events, int most, int timeout)
{
    if (waits.wait(timeout / ev_tstamp(1000))) return waits.failed();
    return real<decltype(epoll_wait)>("epoll_wait")(fd, events, most, timeout);
}

extern "C" int poll(pollfd* fds, nfds_t count, int timeout)
{
    if (waits.wait(timeout / ev_tstamp(1000))) return waits.failed();
    return real<decltype(poll)>("poll")(fds, count, timeout);
}

// These two, for waits below a tenth of a second.

extern "C" int epoll_pwait2(int fd, epoll_event* events, int most,
                            const timespec* timeout, const sigset_t* mask)
{
    if (waits.wait(seconds(*timeout))) return waits.failed();
    return real<decltype(epoll_pwait2)>("epoll_pwait2")(fd, events, most,
                                                        timeout, mask);
}

extern "C" int ppoll(pollfd* fds, nfds_t count, const timespec* timeout,
                     const sigset_t* mask)
{
    if (waits.wait(seconds(*timeout))) return waits.failed();
    return real<decltype(ppoll)>("ppoll")(fds, count, timeout, mask);
}

extern "C" int select(int count, fd_set* r, fd_set* w, fd_set* x, timeval* tv)
{
    if (waits.wait(ev_tstamp(tv->tv_sec) + ev_tstamp(tv->tv_usec) * 1e-6))
        return waits.failed();
    return real<decltype(select)>("select")(count, r, w, x, tv);
}

namespace {

constexpr int probe_events = EV_READ | EV_WRITE;
constexpr int probe_dead = EV_ERROR | EV_READ | EV_WRITE;

void never_called(EV_P_ ev_io*, int) { static_cast<void>(EV_A); }

struct Bench {
    Loop* loop;
    const Backend* backend;
    ev_io probes[1024];

    void open(const Backend* b)
    {
        waits = {};
        backend = b;
        loop = evi::dynamic_new(b->flag | EVFLAG_NOENV);
        assert_non_null(loop);
        assert_ptr_equal(loop->backend, b);
    }

    void close() { evi::dynamic_destroy(*loop); }

    // The fd gets a watcher, without the backend being told.
    void probe(int fd)
    {
        assert_in_range(fd, 0, 1023);
        evi::fd_extend(*loop, fd);
        ev_io* w = &probes[fd];
        ev_io_init(w, never_called, fd, 0);
        w->active = 1;
        ++loop->active;
        ++loop->fds.watched;
        loop->fds.table[fd].only = w;
    }

    // Takes the watcher away.
    void drop(int fd)
    {
        loop->fds.table[fd].only = nullptr;
        --loop->fds.watched;
        --loop->active;
    }

    // Tells the backend: from what was wanted to this.
    void want(int fd, int events)
    {
        settle();  // the backend may have put a change off
        bool again = probes[fd].events == events;
        probes[fd].events = events;
        evi::fd_changed(*loop, loop->fds.table[fd], fd);
        if (again) evi::fd_reset(*loop, fd);
        settle();
    }

    void wait(ev_tstamp timeout)
    {
        waits.order[0] = 0;
        backend->poll(*loop, timeout);
    }

    // What was reported of an fd since the last look.
    int take(int fd)
    {
        return evi::pending_drop(*loop, evi::base(&probes[fd]));
    }

    int seen(int fd)  // by a look that does not block
    {
        wait(0);
        return take(fd);
    }

    void settle()  // what the loop does before each wait
    {
        evi::fds_reify(*loop);
    }
};

Bench bench;

// Two connected sockets, both writable; the first one is readable, too.
struct Pair {
    int fds[2];

    void open()
    {
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
        assert_int_equal(write(fds[1], "x", 1), 1);
    }
    void close() { ::close(fds[0]), ::close(fds[1]); }
    int operator[](int i) const { return fds[i]; }
};

int fds_open()  // how many there are
{
    int count = 0;
    for (int fd = 0; fd < 1024; ++fd) count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

// Runs each test on each backend.
using BackendTest = void (*)(const Backend*);

struct Row {
    const char* name;
    BackendTest run;
};

struct Case {
    char name[128];
    BackendTest run;
    const Backend* backend;
};

const char* backend_name(const Backend* b)
{
    return b->flag == EVBACKEND_EPOLL  ? "epoll"
         : b->flag == EVBACKEND_KQUEUE ? "kqueue"
         : b->flag == EVBACKEND_POLL   ? "poll"
                                       : "select";
}

bool has_own_fd(const Backend* b)
{
    return b->flag == EVBACKEND_EPOLL || b->flag == EVBACKEND_KQUEUE;
}

void run_case(void** state)
{
    auto* c = static_cast<Case*>(*state);
    bench.open(c->backend);
    c->run(c->backend);
    waits = {};
    bench.close();
}

template <int rows>
int run_all(const char* group, const Row (&table)[rows])
{
    constexpr int backends_most = 8;
    static Case cases[rows * backends_most];
    static CMUnitTest tests[rows * backends_most];
    int count = 0;
    for (const Row& row : table)
        for (int i = 0; const Backend* b = evi::backend_at(i); ++i) {
            Case& c = cases[count];
            snprintf(c.name, sizeof c.name, "%s [%s]", row.name,
                     backend_name(b));
            c.run = row.run, c.backend = b;
            tests[count++] = {c.name, run_case, nullptr, nullptr, &c};
        }
    return _cmocka_run_group_tests(group, tests, static_cast<size_t>(count),
                                   nullptr, nullptr);
}

}  // namespace

#define ROW(f) \
    {          \
#f, f  \
    }

#endif
