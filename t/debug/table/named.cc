// The names of C++ are readable (issue 19, B14).
#include "table.h"

#include <string>

namespace server {

void on_time(struct ev_loop*, ev_timer*, int) {}

[[gnu::noinline]] void begin(ev_timer& timer)
{
    ev_timer_init(&timer, on_time, 60., 0.);
    ev_timer_start(loop, &timer);
}

}  // namespace server

static void named()
{
    static ev_timer timer;
    server::begin(timer);
    ev_timer_set(&timer, 30., 0.);
    MUST(!std::to_string(timer.repeat).empty());  // the C++ runtime is there
    run(loop);
}

static const struct entry all[] = {
    {"named", named, nullptr,
     "ev_timer 0x.* \\(callback server::on_time\\(ev_loop\\*, ev_timer\\*, "
     "int\\) in named\\): initialized again, or its time changed, while "
     "active; started by ev_timer_start at server::begin\\(ev_timer&\\)\\+0x.* "
     "in named in .*"},
};

int main(int, char** argv) { return table(all, 1, argv); }
