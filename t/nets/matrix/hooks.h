/* Part of smoke.c: the kinds that follow the loop itself. */

#if EV_PREPARE_ENABLE
static ev_prepare prepare;

CALLBACK(prepare, on_prepare)
{
    note(revents, EV_PREPARE, "prepare");
    ev_prepare_stop(LOOP_ w);
}

static void prepare_start(void)
{
    ev_prepare_init(&prepare, on_prepare);
    ev_prepare_start(LOOP_ & prepare);
    wanted |= EV_PREPARE;
}
#else
static void prepare_start(void) {}
#endif

#if EV_CHECK_ENABLE
static ev_check check;

CALLBACK(check, on_check)
{
    note(revents, EV_CHECK, "check");
    ev_check_stop(LOOP_ w);
}

static void check_start(void)
{
    ev_check_init(&check, on_check);
    ev_check_start(LOOP_ & check);
    wanted |= EV_CHECK;
}
#else
static void check_start(void) {}
#endif

#if EV_IDLE_ENABLE
static ev_idle idle;

CALLBACK(idle, on_idle)
{
    note(revents, EV_IDLE, "idle");
    ev_idle_stop(LOOP_ w);
}

static void idle_start(void)
{
    ev_idle_init(&idle, on_idle);
    ev_idle_start(LOOP_ & idle);
    wanted |= EV_IDLE;
}
#else
static void idle_start(void) {}
#endif

#if EV_FORK_ENABLE
static ev_fork forked;

CALLBACK(fork, on_fork)
{
    note(revents, EV_FORK, "fork");
    ev_fork_stop(LOOP_ w);
}

static void fork_start(void)
{
    ev_fork_init(&forked, on_fork);
    ev_fork_start(LOOP_ & forked);
    wanted |= EV_FORK;
}
#else
static void fork_start(void) {}
#endif

#if EV_CLEANUP_ENABLE
static ev_cleanup cleanup;

CALLBACK(cleanup, on_cleanup)
{
    (void)w;
    note(revents, EV_CLEANUP, "cleanup");
}

static void cleanup_start(void)
{
    ev_cleanup_init(&cleanup, on_cleanup);
    ev_cleanup_start(LOOP_ & cleanup);
}

static int cleaned(void) { return seen & EV_CLEANUP; }
#else
static void cleanup_start(void) {}
static int cleaned(void) { return 1; }
#endif

static void hooks_start(void)
{
    prepare_start();
    check_start();
    idle_start();
    fork_start();
    cleanup_start();
    ev_loop_fork(LOOP);
}

static void hooks_end(void) {}
