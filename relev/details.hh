// What relev_dump says of a watcher of each kind.

#ifndef EVI_DETAILS_HH
#define EVI_DETAILS_HH

#include "../core/boundary.hh"

#if EV_RELEV_ENABLE

namespace evi { namespace {

struct Text;

void put_events(Text&, int events);  // EV_READ|EV_WRITE
void put_details(Text&, const Loop&, const Watcher*, int type);

}}  // evi

#endif

#endif
