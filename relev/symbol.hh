// Names of functions, for text.cc.

#ifndef EVI_SYMBOL_HH
#define EVI_SYMBOL_HH

#include "../core/c_api.hh"

#if EV_RELEV_ENABLE

#include <dlfcn.h>

namespace evi { namespace {

// As dladdr, but does not wait for another thread, if the C library can do
// that. False: not known.
bool symbol_find(const void* address, Dl_info&);

}}  // evi

#endif

#endif
