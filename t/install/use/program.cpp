// The same as program.c with the C++ classes.
#include <ev++.h>

namespace {

struct Counter {
    int fired = 0;
    void count(ev::timer&, int) { ++fired; }
};

}  // namespace

int main()
{
    ev::default_loop loop;
    Counter counter;
    ev::timer w(loop);
    w.set<Counter, &Counter::count>(&counter);
    w.start(0.);
    loop.run();
    return counter.fired != 1 || ev_version_minor() != EV_VERSION_MINOR;
}
