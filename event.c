/* The libevent emulation (event.h) as a file of its own, for makefiles that
 * compile event.c.
 *
 * ev.c contains the emulation by default, and does not with EV_STANDALONE;
 * EV_LIBEVENT_ENABLE decides if it is set. This file contains the emulation if
 * ev.c, compiled with the same options, does not; otherwise it is empty. So no
 * name is ever defined twice. Like ev.c it is C++, and a stub for a C file that
 * includes it.
 */

#ifdef __cplusplus

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"

#include "core/config.hh"
#if !EV_LIBEVENT_ENABLE
#pragma GCC visibility push(default)
#include "event.h"
#pragma GCC visibility pop

#include "compat/event.cc"
#endif

#pragma GCC diagnostic pop

#elif !defined __INCLUDE_LEVEL__ || __INCLUDE_LEVEL__ == 0

/* clang-format off */
#error "event.c is C++: compile it with c++ -c event.c, or leave it out and \
compile ev.c with -DEV_LIBEVENT_ENABLE=1"
/* clang-format on */

#elif defined EV_EVENT_H
#include EV_EVENT_H
#else
#include "event.h"
#endif
