/* Part of smoke.c: relev.h, where it is compiled in. */

#if EV_MULTIPLICITY && EV_RELEV_ENABLE
static void beyond_check(void)
{
    require(relev_version() == RELEV_VERSION, "relev_version");
    require(relev_features() == 0, "relev_features");
}
#else
static void beyond_check(void) {}
#endif
