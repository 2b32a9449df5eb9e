/* finds: ev_idle 0x.* \(callback on_idle in unmapped\): freed while active: its
 * memory is unmapped; started by ev_idle_start at main.* */
#include "../common.h"

void on_idle(struct ev_loop* loop, ev_idle* w, int revents)
{
    (void)revents;
    ev_break(loop, EVBREAK_ALL);
    munmap(w, 4096);
}

int main(void)
{
    struct ev_loop* loop = EV_DEFAULT;
    ev_idle* w = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    ev_idle_init(w, on_idle);
    ev_idle_start(loop, w);
    ev_run(loop, 0);
    return 0;
}
