// A C++ program with two private copies of the library, one here and one in
// second.cc: each works, and has a default loop of its own.

#include "ev.c"
#include "timer.h"

int second_works();
struct ev_loop* second_default_loop();

int main()
{
    bool separate = ev_default_loop(0) != second_default_loop();
    return !(separate && timer_works() && second_works());
}
