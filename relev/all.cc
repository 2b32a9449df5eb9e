// The functions of relev.h: one file for each.

#include "version.cc"
