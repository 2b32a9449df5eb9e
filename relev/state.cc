// The state of a loop for relev.h.

#include "state.hh"

#if EV_RELEV_ENABLE

namespace evi { namespace {

Relev& relev_of(Loop& loop)
{
    if (loop.relev) return *loop.relev;
    Relev* made = memory_new<Relev>();
    __atomic_store_n(&loop.relev, made, __ATOMIC_SEQ_CST);  // relev_post reads
    return *made;
}

void relev_free(Loop& loop)
{
    posts_free(loop);
    Relev* relev = loop.relev;
    if (!relev) return;
    relev->reports.free();
    // First: a signal handler of this thread may read it.
    __atomic_store_n(&loop.relev, nullptr, __ATOMIC_SEQ_CST);
    memory_free(relev);
}

}}  // evi

#endif
