// A C++ program that has the library in this translation unit.

#include "ev.c"
#include "timer.h"

int main() { return !timer_works(); }
