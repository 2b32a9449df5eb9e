// relev.hpp: C++20 over ev.h: loops, watchers with closures, coroutines.
//
// This holds for every declaration, unless its own comment differs:
//
// Since:    the first release. Needs C++20, ev.h and the standard library, and
//           runs with libev 4.33, too.
// Memory:   what has no other owner is in the object itself. Objects cannot be
//           moved, and must not outlive their loop.
// Failure:  std::system_error, or what the comment says.
// Threads:  an object belongs to the thread of its loop.
// Manual:   relev.hpp(3).

#ifndef RELEV_HPP
#define RELEV_HPP

// The durations and clocks of <chrono>, without calendars and streams where the
// standard library has them apart: those were a seventh of the compile time.
#if __has_include(<bits/chrono.h>)
#include <bits/chrono.h>
#else
#include <chrono>
#endif

#include "relevpp/no_chrono.hpp"
#include "relevpp/on.hpp"
#include "relevpp/stop.hpp"
#include "relevpp/threads.hpp"

#endif
