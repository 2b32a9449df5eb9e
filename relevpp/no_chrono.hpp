// All of relev.hpp but durations, clocks, threads and with_stop: <thread> and
// <stop_token> are a third of its compile time.

#ifndef RELEVPP_NO_CHRONO_HPP
#define RELEVPP_NO_CHRONO_HPP

#include "callback.hpp"
#include "channel.hpp"
#include "descriptor.hpp"
#include "detail/run.hpp"
#include "dump.hpp"
#include "from_callback.hpp"
#include "nothrow.hpp"
#include "ops.hpp"
#include "sources.hpp"
#include "timeout.hpp"
#include "watchers.hpp"
#include "when.hpp"

#endif
