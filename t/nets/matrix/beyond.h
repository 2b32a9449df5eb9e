/* Part of smoke.c: relev.h, where it is compiled in. */

#if EV_MULTIPLICITY && EV_RELEV_ENABLE
static int beyond_code;

static void on_error(struct ev_loop* loop, const struct relev_error* error,
                     void* data)
{
    char line[100];
    require(loop == EV_DEFAULT && data == &beyond_code, "the error callback");
    require(relev_error_format(error, line, sizeof line) > 10, "its line");
    beyond_code = error->code;
}

static void errors_check(void)
{
    ev_timer wrong;
    relev_set_error_cb(EV_DEFAULT_ on_error, &beyond_code);
    ev_timer_init(&wrong, on_timer, 1., -1.);
    ev_timer_start(EV_DEFAULT_ & wrong);
    require(beyond_code == RELEV_E_TIME, "the code of an error");
    relev_set_error_cb(EV_DEFAULT_ NULL, NULL);
}

#if EV_WALK_ENABLE
static int beyond_walked;

static void on_walk(struct ev_loop* loop, int type, void* w)
{
    require(loop == EV_DEFAULT && type == EV_TIMER, "the callback of ev_walk");
    beyond_walked += w == &limit;
}

static void walk_check(void)
{
    ev_walk(EV_DEFAULT_ EV_TIMER, on_walk);
    require(beyond_walked > 0, "ev_walk");
    beyond_walked = 0;
}
#else
static void walk_check(void) {}
#endif

static void dump_check(void)
{
    int ends[2];
    char text[4096];
    require(pipe(ends) == 0, "pipe");
    require(relev_dump(EV_DEFAULT_ ends[1]) > 0, "relev_dump");
    require(read(ends[0], text, sizeof text) > 50, "its text");
    close(ends[0]), close(ends[1]);
}

static void beyond_check(void)
{
    require(relev_version() == RELEV_VERSION, "relev_version");
    require(relev_features() & RELEV_FEATURE_ERRORS, "relev_features");
    errors_check();
    dump_check();
    walk_check();
}
#else
static void beyond_check(void) {}
#endif
