// The state of a loop for relev.h.

#include "state.hh"

#if EV_RELEV_ENABLE

namespace evi { namespace {

Relev& relev_of(Loop& loop)
{
    if (!loop.relev) loop.relev = memory_new<Relev>();
    return *loop.relev;
}

void relev_free(Loop& loop)
{
    if (!loop.relev) return;
    loop.relev->reports.free();
    memory_free(loop.relev);
    loop.relev = nullptr;
}

}}  // evi

#endif
