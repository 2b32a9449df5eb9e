/* A C program that includes ev.c: it gets the declarations, and a reference to
 * the object compiled as C++. */
#include "ev.c"
#include "timer.h"

int main(void) { return !timer_works(); }
