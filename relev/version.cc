// Which relev this is, and what it can do.

#include "../core/c_api.hh"

#if EV_RELEV_ENABLE

[[gnu::cold]] unsigned int relev_version(void) EV_NOEXCEPT
{
    return RELEV_VERSION;
}

[[gnu::cold]] unsigned int relev_features(void) EV_NOEXCEPT
{
    unsigned all = RELEV_FEATURE_ERRORS | RELEV_FEATURE_DUMP
                 | RELEV_FEATURE_METRICS | RELEV_FEATURE_PROGRESS;
    return RELEV_DEBUG ? all | RELEV_FEATURE_DEBUG : all;
}

#endif
