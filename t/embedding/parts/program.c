/* A C program beside which ev.c was compiled by itself. */
#include "ev.h"
#include "timer.h"

int main(void) { return !timer_works(); }
