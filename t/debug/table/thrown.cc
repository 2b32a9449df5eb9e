// An exception leaves a prepare callback (issue 19, B3): then ev_run, called
// from frames below those of the callback, is legal.
#include "table.h"

static void throws(struct ev_loop* l, ev_prepare* w, int)
{
    ev_prepare_stop(l, w);
    throw 1;
}

[[gnu::noinline]] static void run_deep(int depth)
{
    volatile char room[4096];
    room[0] = static_cast<char>(depth);
    if (depth) run_deep(depth - 1);
    else ev_run(loop, EVRUN_NOWAIT);
    room[1] = room[0];
}

static void thrown()
{
    ev_prepare prepare;
    ev_prepare_init(&prepare, throws);
    ev_prepare_start(loop, &prepare);
    try {
        ev_run(loop, EVRUN_NOWAIT);
    } catch (int) {
    }
    for (int depth = 0; depth < 9; ++depth) run_deep(depth);
}

static const struct entry all[] = {{"thrown", thrown, nullptr, nullptr}};

int main(int, char** argv) { return table(all, 1, argv); }
