/* The libevent emulation, event.h, beside ev.c: for makefiles that name it.
 *
 * It has the emulation if ev.c, compiled with the same options, has not; else
 * it is empty. So no name is defined twice, whichever files are compiled: ev.c
 * has the emulation unless there is EV_STANDALONE, or as EV_LIBEVENT_ENABLE
 * says. Like ev.c it is C++, and a face to a C file that includes it.
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
