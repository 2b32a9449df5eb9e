// For EV_USE_STDEXCEPT: what kind of class the exception of ev++.h is.

#include "ev++.h"

#include <type_traits>

static_assert(std::is_polymorphic<ev::bad_loop>::value == EV_USE_STDEXCEPT,
              "a std::exception or nothing in particular");
