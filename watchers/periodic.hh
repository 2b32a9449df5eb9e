// Shared by the files of ev_periodic: detecting that the clock was set.

#ifndef EVI_PERIODIC_HH
#define EVI_PERIODIC_HH

#include "../core/c_api.hh"

#if EV_PERIODIC_ENABLE

namespace evi { namespace {

void periodics_watch_clock(Loop&);  // from the first periodic on

}}  // evi

#endif

#endif
