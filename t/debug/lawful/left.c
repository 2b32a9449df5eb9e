/* Callbacks of a prepare and of a timer leave ev_run by longjmp. */
#include "../common.h"

static jmp_buf place;

static void on_prepare(struct ev_loop* loop, ev_prepare* w, int revents)
{
    (void)revents;
    ev_prepare_stop(loop, w);
    longjmp(place, 1);
}

int main(void)
{
    struct ev_loop* loop = EV_DEFAULT;
    ev_prepare prepare;

    ev_prepare_init(&prepare, on_prepare);
    ev_prepare_start(loop, &prepare);
    if (!setjmp(place)) ev_run(loop, 0);
    run(loop);
    return 0;
}
