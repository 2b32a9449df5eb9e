/* The library as one C++ translation unit: one object, everything inlinable.
 * It is C++ although its name says C: embedders expect this name. Compile it
 * with `c++ -c ev.c`, or compile ev.cpp, which includes it.
 *
 * A C compiler that compiles it gets an #error with that command. A C file that
 * includes it gets a stub: the declarations of ev.h, and a reference to the
 * object of ev.cpp, which must be linked.
 */

#ifdef __cplusplus

/* A noexcept function that calls other functions refers to the C++ runtime. So
 * the functions are defined here without noexcept (programs still see it in
 * ev.h), and the object links with plain cc. If a file of the program included
 * ev.h before ev.c, it is too late for that: then the references are made
 * weak. With gcc this is done in assembly, which -flto does not read.
 */
#ifndef EV_NOEXCEPT
#define EV_NOEXCEPT
#define EVI_NOEXCEPT_TAKEN_AWAY
#elif defined __cpp_exceptions && defined __ELF__ && !defined __clang__
__asm__(".weak __gxx_personality_v0");
#endif

/* clang's C++ headers have noexcept functions that refer to it as well. */
#if defined __cpp_exceptions && defined __ELF__ && defined __clang__
extern "C" {
__attribute__((weak)) void evi_personality() __asm__("__gxx_personality_v0");
__attribute__((weak)) void evi_begin_catch() __asm__("__cxa_begin_catch");
__attribute__((weak)) void evi_terminate() __asm__("_ZSt9terminatev");
}
__attribute__((used)) static void (*const evi_weak[])() = {
    evi_personality, evi_begin_catch, evi_terminate};
#endif

/* Designated initializers are C++20; these compilers accept them before that.
 * Functions that only serve watcher kinds that are compiled out are unused.
 */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpragmas"
#pragma GCC diagnostic ignored "-Wc++20-extensions"
#pragma GCC diagnostic ignored "-Wc++17-compat-mangling"
#pragma GCC diagnostic ignored "-Wunused-function"

#pragma GCC visibility push(default)
#include "core/config.hh"
#if EV_LIBEVENT_ENABLE
#include "event.h"
#endif
#ifndef EV_API_STATIC
/* If ev.cpp was not compiled, a C file that includes ev.c fails to link, and
 * the linker prints this name. Weak, because copies of the library that were
 * renamed (Symbols.ev) may define it as well.
 */
extern "C" __attribute__((weak))
const int ev_c_is_cxx_so_link_the_object_of_ev_cpp = 0;
#endif
#pragma GCC visibility pop

#include "core/api.cc"
#include "core/c_api.cc"
#include "core/clock.cc"
#include "core/fd_errors.cc"
#include "core/fd_memory.cc"
#include "core/fds.cc"
#include "core/fork.cc"
#include "core/pending.cc"
#include "core/report.cc"
#include "core/wakeup.cc"

#include "backends/all.cc"
#include "watchers/all.cc"

#include "relev/all.cc"

#include "core/run.cc"

#include "core/lifetime.cc"

#if EV_LIBEVENT_ENABLE
#include "compat/event.cc"
#endif

#ifdef EVI_NOEXCEPT_TAKEN_AWAY /* later headers, such as ev++.h, may use it */
#undef EV_NOEXCEPT
#define EV_NOEXCEPT noexcept
#endif

#pragma GCC diagnostic pop

#elif !defined __INCLUDE_LEVEL__ || __INCLUDE_LEVEL__ == 0

/* clang-format off */
#error "ev.c is C++: compile it with c++ -c ev.c, or cc -x c++ \
-fno-exceptions -c ev.c"
/* clang-format on */

#else

/* One error, instead of one for each function that is used. */
#ifdef EV_API_STATIC
#undef EV_API_STATIC
/* clang-format off */
#error "ev.c is C++: EV_API_STATIC needs a C++ file that includes it. For a \
file in C, compile ev.cpp, and include ev.h without EV_API_STATIC"
/* clang-format on */
#endif

#ifdef EV_H
#include EV_H
#else
#include "ev.h"
#endif

/* If the object of ev.cpp is missing, the linker prints this name. */
extern const int ev_c_is_cxx_so_link_the_object_of_ev_cpp;
__attribute__((used)) static const int* const ev_c_object =
    &ev_c_is_cxx_so_link_the_object_of_ev_cpp;

#endif
