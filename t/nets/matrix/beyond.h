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

static void beyond_check(void)
{
    require(relev_version() == RELEV_VERSION, "relev_version");
    require(relev_features() & RELEV_FEATURE_ERRORS, "relev_features");
    errors_check();
}
#else
static void beyond_check(void) {}
#endif
