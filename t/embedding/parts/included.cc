// A C++ program that has the library in this translation unit.

#include "ev.c"

#include "ev++.h"
#include "timer.h"

static_assert(noexcept(ev::get_default_loop().now()), "as ev++.h says");

int main() { return !timer_works(); }
