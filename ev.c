/* The library as one C++ translation unit: one object, everything inlinable.
 * It is C++ in spite of its name, which embedders expect: compile it with
 * `c++ -c ev.c`, or ev.cpp beside it.
 *
 * Read by a C compiler as a main file it says so; read through #include it is
 * a face: it declares what ev.h declares, and needs the object of ev.cpp.
 */

#ifdef __cplusplus

/* With exceptions on, noexcept makes the compiler name parts of the C++
 * runtime. Weak, they need not be there: the object links with plain cc.
 */
#if defined __cpp_exceptions && defined __ELF__
__asm__(".weak __gxx_personality_v0");
__asm__(".weak __cxa_begin_catch");
__asm__(".weak _ZSt9terminatev");
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
/* What a C file that includes ev.c misses if nobody compiled ev.cpp. */
extern "C" const int ev_c_is_cxx_so_link_the_object_of_ev_cpp = 0;
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
