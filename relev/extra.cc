// The state of a loop for relev.h.

#include "extra.hh"

#if EV_RELEV_ENABLE

namespace evi { namespace {

Extra& extra_of(Loop& loop)
{
    if (!loop.extra) loop.extra = memory_new<Extra>();
    return *loop.extra;
}

bool extra_owns(const Loop& loop, const Watcher* w)
{
    auto at = reinterpret_cast<uintptr_t>(w);
    auto begin = reinterpret_cast<uintptr_t>(loop.extra);
    return loop.extra && at >= begin && at < begin + sizeof(Extra);
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
