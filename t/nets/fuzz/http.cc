// A fuzz target: the parser of examples/hello_http.cpp. What it reads lies
// within the input, and more input does not change a request that is complete,
// nor make one of what is bad.

#include "../../../examples/http_request.hpp"

#include <cstdint>
#include <cstdlib>

namespace {

void check(bool holds)
{
    if (!holds) std::abort();
}

bool is_within(std::string_view part, std::string_view all)
{
    return part.data() >= all.data()
        && part.data() + part.size() <= all.data() + all.size();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size)
{
    std::string_view text(reinterpret_cast<const char*>(data), size);
    http::request whole;
    http::parsed how = http::parse(text, whole);
    if (how == http::parsed::complete)
        check(whole.size <= size && is_within(whole.method, text)
              && is_within(whole.path, text) && !whole.path.empty());

    for (std::size_t n = 0; n < size; n += 1 + n / 16) {
        http::request r;
        http::parsed part = http::parse(text.substr(0, n), r);
        if (part == http::parsed::bad) check(how == http::parsed::bad);
        if (part == http::parsed::complete)
            check(how == part && r.size == whole.size && r.path == whole.path);
    }
    return 0;
}
