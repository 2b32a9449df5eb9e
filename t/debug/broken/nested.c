/* finds: ev_prepare 0x.* \(callback on_prepare in nested\): ev_run is called by
 * a prepare or check callback; ev_run called at on_prepare.* */
#include "../common.h"

void on_prepare(struct ev_loop* loop, ev_prepare* w, int revents)
{
    (void)revents;
    ev_prepare_stop(loop, w);
    ev_run(loop, EVRUN_NOWAIT);
}

int main(void)
{
    struct ev_loop* loop = EV_DEFAULT;
    ev_prepare prepare;

    ev_prepare_init(&prepare, on_prepare);
    ev_prepare_start(loop, &prepare);
    run(loop);
    return 0;
}
