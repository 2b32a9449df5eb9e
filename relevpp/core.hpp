// All of relev.hpp but <chrono>, which is a third of its compile time.

#ifndef RELEVPP_CORE_HPP
#define RELEVPP_CORE_HPP

#include "callback.hpp"
#include "loop.hpp"
#include "watchers.hpp"

#endif
