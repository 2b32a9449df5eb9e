// The input of the core: configuration, platform, the C interface.
//
// The EV_* options that a user may set become constants here, so that the rest
// of the core needs no preprocessor. An option that is set keeps its value.
// Otherwise the results of configure decide or, with EV_STANDALONE, what the
// operating system is known to have.

#ifndef EVI_CONFIG_HH
#define EVI_CONFIG_HH

#if defined __APPLE__ && !defined _DARWIN_UNLIMITED_SELECT
#define _DARWIN_UNLIMITED_SELECT 1  // more than 1,024, before any header
#endif

#ifndef EV_STANDALONE
#ifdef EV_CONFIG_H
#include EV_CONFIG_H
#else
#include "config.h"
#endif
#elif defined __linux__
#define HAVE_PIPE2 1
#define HAVE_SYS_EPOLL_H 1
#define HAVE_SYS_EVENTFD_H 1
#define HAVE_SYS_INOTIFY_H 1
#define HAVE_SYS_SIGNALFD_H 1
#define HAVE_SYS_TIMERFD_H 1
#elif defined __FreeBSD__ || defined __NetBSD__ || defined __OpenBSD__ \
    || defined __DragonFly__ || defined __APPLE__
#define HAVE_KQUEUE 1
#define HAVE_SYS_EVENT_H 1
#ifndef __APPLE__
#define HAVE_PIPE2 1
#ifndef __NetBSD__
#define HAVE_PPOLL 1
#endif
#endif
#endif

#if defined EV_CB_DECLARE || defined EV_CB_INVOKE || defined ev_set_cb
#define EVI_OWN_CALLBACKS 1
#else
#define EVI_OWN_CALLBACKS 0
#endif
#ifndef EV_LIBEVENT_ENABLE  // the emulation of libevent, compat/event.cc
#if defined EV_STANDALONE || EVI_OWN_CALLBACKS
#define EV_LIBEVENT_ENABLE 0
#else
#define EV_LIBEVENT_ENABLE 1
#endif
#endif

#ifdef EV_H
#include EV_H
#else
#include "../ev.h"
#endif
#ifndef EV_RELEV_ENABLE  // the functions of relev.h
#ifdef EV_STANDALONE
#define EV_RELEV_ENABLE 0
#else
#define EV_RELEV_ENABLE (EV_FEATURE_API && EV_MULTIPLICITY)
#endif
#endif
#if EV_RELEV_ENABLE
#include "../relev.h"
#endif
#define EVI_WALK (EV_RELEV_ENABLE || EV_WALK_ENABLE)
#if EVI_WALK && !EV_WALK_ENABLE  // then ev.h does not declare it
extern "C" {
EV_API_DECL void ev_walk(EV_P_ int, void (*)(EV_P_ int, void*)) EV_NOEXCEPT;
}
#endif
#if !EV_RELEV_ENABLE || !defined EV_USE_USDT  // tracepoints, relev/trace.hh
#undef EV_USE_USDT
#define EV_USE_USDT 0
#endif
#ifndef RELEV_DEBUG  // the debug library, relev/debug.hh
#define RELEV_DEBUG 0
#endif

#include <errno.h>
#include <signal.h>
#include <sys/types.h>  // NFDBITS on macOS
#include <time.h>
#include <unistd.h>

#include "uses.hh"

namespace evi { namespace {

constexpr bool use_monotonic = EV_USE_MONOTONIC;
constexpr bool use_realtime = EV_USE_REALTIME;
#ifdef SYS_clock_gettime
// The system call whose timespec has the layout of libc's.
constexpr long clock_gettime_number = sizeof(time_t) > sizeof(long)
                                        ? SYS_clock_gettime64
                                        : SYS_clock_gettime;
#endif
constexpr bool use_nanosleep = EV_USE_NANOSLEEP;
constexpr bool use_kqueue = EV_USE_KQUEUE;
constexpr bool use_eventfd = EV_USE_EVENTFD;
constexpr bool use_signalfd = EV_USE_SIGNALFD;
constexpr bool use_fd_set = EV_SELECT_USE_FD_SET;
constexpr bool smp = !(EV_NO_SMP);
constexpr int verify_level = EV_VERIFY;
constexpr bool verified = EV_FEATURE_API || verify_level >= 2;
constexpr bool inspected = EVI_WALK, metered = EV_RELEV_ENABLE;  // by relev/
constexpr bool debugged = RELEV_DEBUG;

// Code that only saves time or memory: without it the library is smaller.
constexpr bool fast_code = bool(EV_FEATURE_CODE) || bool(EV_FEATURE_WATCHERS);

// Does any kind that is compiled in use the arrays of watchers/hook.cc, the
// wake-up channel, or another descriptor of the library?
constexpr bool hooks_used = EV_PREPARE_ENABLE + EV_CHECK_ENABLE + EV_FORK_ENABLE
                              + EV_CLEANUP_ENABLE + EV_EMBED_ENABLE
                          > 0;
constexpr bool wakeups_used = EV_SIGNAL_ENABLE + EV_ASYNC_ENABLE > 0;
constexpr bool internals_used =
    wakeups_used || EV_USE_TIMERFD + EV_USE_INOTIFY > 0;

// Not recommended: kqueue on macOS, until the tests have run there.
#ifdef __APPLE__
constexpr unsigned backends_avoided = EVBACKEND_KQUEUE;
#else
constexpr unsigned backends_avoided = 0;
#endif

// Can anybody observe clock reads and waits? See Loop::observed.
constexpr bool observable = EV_FEATURE_API || EV_RELEV_ENABLE || !use_monotonic;

constexpr int pri_min = EV_MINPRI;
constexpr int pri_max = EV_MAXPRI;
constexpr int pri_count = pri_max - pri_min + 1;
static_assert(pri_count >= 1 && pri_count <= 63, "EV_MINPRI .. EV_MAXPRI");
constexpr int signal_count = EV_NSIG - 1;  // signal numbers start at 1
constexpr int pid_buckets = EV_PID_HASHSIZE;
constexpr int inotify_buckets = EV_INOTIFY_HASHSIZE;

// In an event mask: edge-triggered. For internal watchers only, and only with
// backends that support it (backend.hh).
constexpr int ev_edge = 0x40;
constexpr ev_tstamp forever = 1e13;  // later than any real time

// The common members of all watchers. Watchers are of many types; `may_alias`
// makes it legal to access their common members through this type.
struct [[gnu::may_alias]] Watcher {
    EV_WATCHER(Watcher)
};

static_assert(sizeof(Watcher) == sizeof(ev_watcher), "the head of ev_TYPE");

// The same for timers and periodics: one heap serves both.
struct [[gnu::may_alias]] TimeWatcher {
    EV_WATCHER_TIME(TimeWatcher)
};

// The index of the watcher's queue; too large if its priority is out of range.
#if EV_MINPRI == EV_MAXPRI
inline int priority_get(const Watcher*) { return pri_min; }
inline void priority_set(Watcher*, int) {}
inline unsigned priority_index(const Watcher*) { return 0; }
#else
inline int priority_get(const Watcher* w) { return w->priority; }
inline void priority_set(Watcher* w, int priority) { w->priority = priority; }
inline unsigned priority_index(const Watcher* w)
{
    return static_cast<unsigned>(w->priority) - static_cast<unsigned>(pri_min);
}
#endif

inline bool priority_legal(const Watcher* w)
{
    return priority_index(w) < static_cast<unsigned>(pri_count);
}

// A hint for the optimizer; [[unlikely]] is C++20.
constexpr bool unlikely(bool condition)
{
    return __builtin_expect(condition, false);
}

// A hint for the processor: 256 bytes at `p` are needed soon.
inline void fetch(const void* p)
{
    for (int i = 0; i < 256; i += 64)
        __builtin_prefetch(static_cast<const char*>(p) + i);
}

template <class T>
constexpr T min(T a, T b)
{
    return b < a ? b : a;
}

template <class T>
constexpr T max(T a, T b)
{
    return a < b ? b : a;
}

}}  // evi

#endif
