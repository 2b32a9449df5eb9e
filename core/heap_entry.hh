// What a heap knows of a watcher.

#ifndef EVI_HEAP_ENTRY_HH
#define EVI_HEAP_ENTRY_HH

#include "array.hh"

#include <stdint.h>

namespace evi { namespace {

// 16 bytes also with 32-bit pointers, unless ev_tstamp is larger.
template <class W>
struct alignas(max(alignof(ev_tstamp), size_t(8))) HeapEntry {
    ev_tstamp at;
    uintptr_t mark;  // the watcher's address, plus 1 unless it was put off

    W* w() const { return reinterpret_cast<W*>(mark & ~uintptr_t(1)); }
    bool put_off() const { return !(mark & 1); }

    bool kept() const  // false: w->at was overwritten, an error
    {
        return put_off() ? at <= w()->at : at == w()->at;
    }
};

}}  // evi

#endif
