/* A fuzz target: the input is a program of operations on three bases and a
 * dozen events of the libevent emulation, from outside and in callbacks. */

#include "event_verbs.h"

#define VERB(name)         \
    {                      \
#name, verb_##name \
    }

static const struct {
    const char* name;
    void (*play)(void);
} verbs[] = {
    VERB(set),       VERB(set),     VERB(set),      VERB(add),
    VERB(add),       VERB(add),     VERB(base_set), VERB(del),
    VERB(free),      VERB(active),  VERB(once),     VERB(pending),
    VERB(turn),      VERB(turn),    VERB(loop),     VERB(open),
    VERB(close),     VERB(write),   VERB(drain),    VERB(hang_up),
    VERB(raise),     VERB(advance), VERB(loopexit), VERB(priority),
    VERB(base_free),
};

static void play_verb(void)
{
    int i = take((int)(sizeof verbs / sizeof *verbs));
    if (++play.steps > steps_most) input.at = input.end;
    trace("%*s%s", play.depth, "", verbs[i].name);
    verbs[i].play();
    trace("\n");
    bases_verify();
}

static void starved(void)
{
    for (int i = 0; i < base_count; ++i)
        ev_break((struct ev_loop*)bases[i].base, EVBREAK_ALL);
}

static void begin_world(void)
{
    static const char* const flags[] = {"1", "2", "4"};
    memset(&play, 0, sizeof play);
    memset(onces, 0, sizeof onces);
    memset(bases, 0, sizeof bases);
    system_reset();
    system_waits(waits_most, starved);
    fds_reset();
    for (int i = 0; i < event_count; ++i) event_renew(&events[i]);
    for (int i = 0; i < base_count; ++i) {
        static struct event_base* first;
        setenv("LIBEV_FLAGS", flags[take(3)], 1);
        if (i) bases[i].base = event_base_new();
        else if (first) bases[0].base = (void*)ev_default_loop(0);
        else first = bases[0].base = event_init();
        must(bases[i].base && (i || bases[0].base == first));
    }
    for (int i = 0; i < fd_count / 2; ++i) fd_open(i, i);
}

/* The event will be called once peers have gone and time has passed. */
static int event_expects(const Event* e)
{
    int fd = e->fd >= 0 && fds[e->fd].open && fds[e->fd].closed == e->closed
          && fds[e->fd].fd == e->ev->ev_fd;
    if (!event_added(e)) return 0;
    if (e->ev->ev_events & EV_SIGNAL) return 1;
    if (e->ev->ev_events & (EV_READ | EV_WRITE) && fd) return 1;
    return ev_is_active(&e->ev->to);
}

static void turn_all(void)
{
    for (int i = 0; i < base_count; ++i) run(i, EVLOOP_NONBLOCK);
    bases_verify();
}

/* Everybody who waits is called, and all that was asked for once came once. */
static void settle(void)
{
    int expected[event_count];
    trace("settle\n");
    system_waits(1000000, starved);
    turn_all();
    for (int i = 0; i < fd_count; ++i) fd_hang_up(i);
    for (int i = 0; i < event_count; ++i) {
        events[i].calls = 0;
        expected[i] = event_expects(&events[i]);
    }
    system_advance(1000);
    for (int i = 0; i < 2; ++i) ev_feed_signal(signals[i]);
    turn_all();
    turn_all();
    for (int i = 0; i < event_count; ++i) must(!expected[i] || events[i].calls);
    for (int i = 0; i < once_count; ++i)
        must(!onces[i].used || onces[i].calls == 1);
}

static void end_world(void)
{
    settle();
    for (int i = 0; i < event_count; ++i) {
        del(&events[i]);
        free(events[i].ev);
        events[i].ev = NULL;
        events[i].set = 0;
    }
    for (int i = 0; i < base_count; ++i) event_base_free(bases[i].base);
    ev_loop_destroy(EV_DEFAULT_UC);
    fds_shut();
}

int LLVMFuzzerInitialize(int* argc, char*** argv)
{
    (void)argc, (void)argv;
    signal(SIGPIPE, SIG_IGN);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    int fd = fd_lowest_free();
    input_set(data, size);
    begin_world();
    while (input_left()) play_verb();
    end_world();
    must(fd_lowest_free() == fd);
    return 0;
}
