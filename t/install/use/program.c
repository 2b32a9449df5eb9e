/* Works only with the library it was compiled for. */
#include <ev.h>

static void fired(EV_P_ ev_timer* w, int revents)
{
    (void)revents;
    ev_timer_stop(EV_A_ w);
}

int main(void)
{
    ev_timer w;
    ev_timer_init(&w, fired, 0., 0.);
    ev_timer_start(EV_DEFAULT, &w);
    return ev_run(EV_DEFAULT, 0) || ev_version_minor() != EV_VERSION_MINOR;
}
