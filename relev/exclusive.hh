// Does the kernel support RELEV_EXCLUSIVE?

#ifndef EVI_EXCLUSIVE_HH
#define EVI_EXCLUSIVE_HH

#include "../core/c_api.hh"

namespace evi { namespace {

bool exclusive_supported();  // in any thread, and in signal handlers

}}  // evi

#endif
