/* The same with the libevent emulation. */
#include <event.h>

static int fired;

static void on_time(int fd, short events, void* arg)
{
    (void)fd, (void)events, (void)arg;
    ++fired;
}

int main(void)
{
    struct event_base* base = event_init();
    struct timeval now = {0, 0};
    struct event e;

    event_set(&e, -1, 0, on_time, 0);
    event_add(&e, &now);
    event_base_dispatch(base);
    return fired != 1;
}
