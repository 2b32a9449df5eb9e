// What the refused statements of refused.bash use.

#include <array>

#include "relev.hpp"

using namespace std::chrono_literals;
