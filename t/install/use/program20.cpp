// The same as program.c with relev.hpp.
#include <relev.hpp>

int main()
{
    int fired = 0;
    relev::loop loop;
    relev::on_timer w{loop, std::chrono::seconds(0), [&] { ++fired; }};
    loop.run();
    return fired != 1 || ev_version_minor() != EV_VERSION_MINOR;
}
