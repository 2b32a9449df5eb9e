// A C++ program that has the library and the emulation in this file.

#include "ev.c"

#include "event.c"

#include "timer.h"

int main()
{
    event_init();
    return event_dispatch() != 1 || !timer_works();
}
