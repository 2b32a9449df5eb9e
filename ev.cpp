#include "ev.c"  // for build tools that go by names
