// Which relev this is, what it can do, and the kinds of watchers.

#include "children.hh"
#include "exclusive.hh"
#include "metrics.hh"
#include "owner.hh"
#include "state.hh"

#if EV_RELEV_ENABLE

namespace evi { namespace {

// An event that is no kind is counted as other, except EV_READ and EV_WRITE.
[[gnu::cold]] int kind_index(int event)
{
    int index = kind_of(event == EV_WRITE ? int(EV_IO) : event).counted_as;
    return index == nowhere ? int(RELEV_KIND_OTHER) : index;
}

[[gnu::cold]] const char* kind_name(int index)
{
    assert(index >= 0 && index < RELEV_KINDS);
    for (int i = 0; const Kind* kind = kind_at(i); ++i)
        if (kind->counted_as == index) return kind->name + strlen("ev_");
    return index == RELEV_KIND_OTHER ? "other" : nullptr;
}

}}  // evi

// The C API.

[[gnu::cold]] int relev_kind(int type) EV_NOEXCEPT
{
    bool other = !type || type == EV_CUSTOM;
    int index = other ? int(RELEV_KIND_OTHER) : evi::kind_of(type).counted_as;
    return index == evi::nowhere ? evi::failed(EINVAL) : index;
}

[[gnu::cold]] unsigned int relev_version(void) EV_NOEXCEPT
{
    return RELEV_VERSION;
}

[[gnu::cold]] unsigned int relev_features(void) EV_NOEXCEPT
{
    unsigned post = evi::postable ? RELEV_FEATURE_POST : 0;
    unsigned all = RELEV_FEATURE_ERRORS | RELEV_FEATURE_DUMP
                 | RELEV_FEATURE_METRICS | RELEV_FEATURE_PROGRESS
                 | RELEV_FEATURE_VIRTUAL | post;
    if (evi::exclusive_supported()) all |= RELEV_FEATURE_EXCLUSIVE;
    if (evi::pidfd_works()) all |= RELEV_FEATURE_CHILDREN;
    if (EV_SIGNAL_ENABLE) all |= RELEV_FEATURE_SENDERS;
    return RELEV_DEBUG ? all | RELEV_FEATURE_DEBUG : all;
}

#endif
