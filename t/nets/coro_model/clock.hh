// The time of the loop: it stands still while tasks run, and a wait in which
// nothing happens moves it on by what was asked for. A wait without an end is
// ended by `stuck`.

#ifndef CLOCK_HH
#define CLOCK_HH

#include <functional>

#include "program.hh"

namespace virtual_time {

void set(long ticks);
void advance(long ticks);

extern bool on;  // else all waits take true time
extern std::function<void()> stuck;

}  // namespace virtual_time

#endif
