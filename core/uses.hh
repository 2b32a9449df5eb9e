// What the library uses of the system: the defaults of the EV_USE_* options and
// of others that depend on the platform. Only core/config.hh includes it.

#ifndef EVI_USES_HH
#define EVI_USES_HH

#ifdef __linux__
#include <sys/syscall.h>
#endif

#ifndef EV_USE_SELECT
#define EV_USE_SELECT EV_FEATURE_BACKENDS
#endif
#ifndef EV_USE_POLL
#define EV_USE_POLL EV_FEATURE_BACKENDS
#endif
#ifndef EV_USE_EPOLL
#ifdef HAVE_SYS_EPOLL_H
#define EV_USE_EPOLL EV_FEATURE_BACKENDS
#else
#define EV_USE_EPOLL 0
#endif
#endif
#ifndef EV_USE_KQUEUE
#if defined HAVE_SYS_EVENT_H && defined HAVE_KQUEUE
#define EV_USE_KQUEUE EV_FEATURE_BACKENDS
#else
#define EV_USE_KQUEUE 0
#endif
#endif
#if !EV_USE_SELECT && !EV_USE_POLL && !EV_USE_EPOLL && !EV_USE_KQUEUE
#undef EV_USE_SELECT
#define EV_USE_SELECT 1  // a loop needs at least one backend
#endif
#ifndef EV_USE_EVENTFD
#ifdef HAVE_SYS_EVENTFD_H
#define EV_USE_EVENTFD EV_FEATURE_OS
#else
#define EV_USE_EVENTFD 0
#endif
#endif
#ifndef EV_USE_SIGNALFD
#ifdef HAVE_SYS_SIGNALFD_H
#define EV_USE_SIGNALFD EV_FEATURE_OS
#else
#define EV_USE_SIGNALFD 0
#endif
#endif
#ifndef EV_USE_TIMERFD
#ifdef HAVE_SYS_TIMERFD_H
#define EV_USE_TIMERFD EV_FEATURE_OS
#else
#define EV_USE_TIMERFD 0
#endif
#endif
#ifndef EV_USE_INOTIFY
#if defined HAVE_SYS_INOTIFY_H && defined __linux__  // see statfs there
#define EV_USE_INOTIFY EV_FEATURE_OS
#else
#define EV_USE_INOTIFY 0
#endif
#endif
#ifndef EV_USE_PIPE2  // and dup3, which every system with pipe2 has
#if defined HAVE_PIPE2 || defined __linux__
#define EV_USE_PIPE2 1
#else
#define EV_USE_PIPE2 0
#endif
#endif
#ifndef EV_USE_PPOLL
#if defined HAVE_PPOLL || defined __linux__
#define EV_USE_PPOLL 1
#else
#define EV_USE_PPOLL 0
#endif
#endif
#ifndef EV_USE_MONOTONIC
#ifdef CLOCK_MONOTONIC
#define EV_USE_MONOTONIC 1
#else
#define EV_USE_MONOTONIC 0
#endif
#endif
#ifndef EV_USE_REALTIME
#ifdef CLOCK_REALTIME
#define EV_USE_REALTIME 1
#else
#define EV_USE_REALTIME 0
#endif
#endif
#if !defined EV_USE_CLOCK_SYSCALL || !defined SYS_clock_gettime
#undef EV_USE_CLOCK_SYSCALL
#define EV_USE_CLOCK_SYSCALL 0
#endif
#ifndef SYS_clock_gettime64
#define SYS_clock_gettime64 SYS_clock_gettime
#endif
#ifndef EV_USE_NANOSLEEP
#define EV_USE_NANOSLEEP 1
#endif
#ifndef EV_SELECT_USE_FD_SET
#define EV_SELECT_USE_FD_SET 0
#endif
#ifndef EV_NO_THREADS
#define EV_NO_THREADS 0
#endif
#ifndef EV_NO_SMP
#define EV_NO_SMP EV_NO_THREADS
#endif
#ifndef EV_VERIFY
#define EV_VERIFY (EV_FEATURE_API ? 1 : 0)
#endif
#ifndef EV_PID_HASHSIZE
#define EV_PID_HASHSIZE (EV_FEATURE_DATA ? 16 : 1)
#endif
#ifndef EV_INOTIFY_HASHSIZE
#define EV_INOTIFY_HASHSIZE (EV_FEATURE_DATA ? 16 : 1)
#endif
#ifndef EV_NSIG
#ifdef NSIG
#define EV_NSIG NSIG
#else
#define EV_NSIG 65
#endif
#endif
#if !EV_STAT_ENABLE
#undef EV_USE_INOTIFY
#define EV_USE_INOTIFY 0
#endif
#if !EV_SIGNAL_ENABLE
#undef EV_USE_SIGNALFD
#define EV_USE_SIGNALFD 0
#endif
#if !EV_PERIODIC_ENABLE
#undef EV_USE_TIMERFD
#define EV_USE_TIMERFD 0
#endif
#ifndef EV_EMBED_ENABLE
#define EV_EMBED_ENABLE 0  // where loops have no argument, ev.h undefines it
#endif

#endif
