// The watchers of a loop as the program knows them.

#ifndef EVI_OWNER_HH
#define EVI_OWNER_HH

#include "../core/c_api.hh"

namespace evi { namespace {

const Kind& kind_of(int type);  // no_kind: there is none of this event bit

// The watcher behind an internal one, and its callback, for the user.
struct Owner {
    int type;  // 0: a watcher of the loop itself
    Watcher* w;
    const void* callback;
    bool once;  // of ev_once; `w` is null
};

bool of_the_loop(const Loop&, const Watcher*, int type);

Owner owner_of(const Loop&, Watcher*, int type);

// Its descriptor, signal or process; -1: the kind has none.
int number_of(int type, const Watcher*);

}}  // evi

#endif
