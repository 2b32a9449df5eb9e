// What the refused statements of refused.bash use.

#include <array>
#include <string>

#include "relev.hpp"
#include "relevpp/blocking.hpp"

using namespace std::chrono_literals;

// An aggregate.
struct job {
    int number;
    std::string text;
};
