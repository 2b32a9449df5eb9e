// What a heap knows of a watcher.

#ifndef EVI_ENTRY_HH
#define EVI_ENTRY_HH

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

    bool kept() const  // false: w->at was overwritten, a mistake
    {
        return put_off() ? at <= w()->at : at == w()->at;
    }
};

// Does f hold for a sample of begin .. end - 1? The golden ratio distributes it
// evenly. False also if there are few: then all can be examined.
template <class F>
bool sample(int begin, int end, F f)
{
    constexpr int some = 1024;
    auto n = static_cast<uint64_t>(end - begin);
    uint32_t part = 0;
    bool holds = n > some;
    for (int i = 0; holds && i < some; ++i, part += 0x9e3779b9)
        holds = f(begin + static_cast<int>(part * n >> 32));
    return holds;
}

}}  // evi

#endif
