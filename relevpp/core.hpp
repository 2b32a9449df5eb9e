// All of relev.hpp but <chrono> and with_stop: <chrono> and <stop_token> are
// two thirds of its compile time.

#ifndef RELEVPP_CORE_HPP
#define RELEVPP_CORE_HPP

#include "callback.hpp"
#include "channel.hpp"
#include "descriptor.hpp"
#include "dump.hpp"
#include "nothrow.hpp"
#include "ops.hpp"
#include "root.hpp"
#include "sources.hpp"
#include "timeout.hpp"
#include "watchers.hpp"
#include "when.hpp"

#endif
