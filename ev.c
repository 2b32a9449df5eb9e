/* The library as one C++ translation unit: one object, everything inlinable.
 * It is C++ in spite of its name, which embedders expect: compile it with
 * `c++ -c ev.c`, or ev.cpp beside it.
 *
 * Read by a C compiler as a main file it says so; read through #include it is
 * a face: it declares what ev.h declares, and needs the object of ev.cpp.
 */

#ifdef __cplusplus

/* A function that is noexcept, and calls what is not, refers to the C++
 * runtime. So the functions are defined without it, programs find it in ev.h,
 * and the object links with plain cc. After an ev.h that was read before, by a
 * file of the program's own, it is too late: then the references are weak, for
 * gcc by assembly, which -flto does not see.
 */
#ifndef EV_NOEXCEPT
#define EV_NOEXCEPT
#define EVI_NOEXCEPT_TAKEN_AWAY
#elif defined __cpp_exceptions && defined __ELF__ && !defined __clang__
__asm__(".weak __gxx_personality_v0");
#endif

/* clang refers to it from what is noexcept in its C++ headers, too. */
#if defined __cpp_exceptions && defined __ELF__ && defined __clang__
extern "C" {
__attribute__((weak)) void evi_personality() __asm__("__gxx_personality_v0");
__attribute__((weak)) void evi_begin_catch() __asm__("__cxa_begin_catch");
__attribute__((weak)) void evi_terminate() __asm__("_ZSt9terminatev");
}
__attribute__((used)) static void (*const evi_weak[])() = {
    evi_personality, evi_begin_catch, evi_terminate};
#endif

/* Designated initializers are C++20, and older with these compilers. What only
 * serves kinds that are compiled out stays unused.
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
/* What a C file that includes ev.c misses if nobody compiled ev.cpp. Weak, as
 * libraries with other names (Symbols.ev) may have it, too.
 */
extern "C" __attribute__((weak))
const int ev_c_is_cxx_so_link_the_object_of_ev_cpp = 0;
#endif
#pragma GCC visibility pop

#include "core/api.cc"
#include "core/boundary.cc"
#include "core/clock.cc"
#include "core/fds.cc"
#include "core/fork.cc"
#include "core/misc.cc"
#include "core/pending.cc"
#include "core/wakeup.cc"

#include "backends/all.cc"
#include "watchers/all.cc"

#include "core/run.cc"

#include "core/life.cc"

#if EV_LIBEVENT_ENABLE
#include "compat/event.cc"
#endif

#ifdef EVI_NOEXCEPT_TAKEN_AWAY /* what follows, as ev++.h, may have it */
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

#ifdef EV_H
#include EV_H
#else
#include "ev.h"
#endif

/* The linker names this symbol if the object of ev.cpp is missing. */
extern const int ev_c_is_cxx_so_link_the_object_of_ev_cpp;
__attribute__((used)) static const int* const ev_c_object =
    &ev_c_is_cxx_so_link_the_object_of_ev_cpp;

#endif
