// A step of ev_run that relev_prepare has, too.

#ifndef EVI_RUN_HH
#define EVI_RUN_HH

#include "c_api.hh"

namespace evi { namespace {

// The maximum wait: until the next timer or periodic, or a minute.
ev_tstamp block_time(const Loop&);

}}  // evi

#endif
