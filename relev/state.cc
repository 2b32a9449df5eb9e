// The state of a loop for relev.h.

#include "state.hh"

#if EV_RELEV_ENABLE

namespace evi { namespace {

Extra& extra_of(Loop& loop)
{
    if (!loop.extra) loop.extra = memory_new<Extra>();
    return *loop.extra;
}

void extra_free(Loop& loop)
{
    if (!loop.extra) return;
    loop.extra->reports.free();
    memory_free(loop.extra);
    loop.extra = nullptr;
}

}}  // evi

#endif
