// The supervisor of supervisor.c with the coroutines of relev.hpp: keeps
// commands running, and restarts them when they end.
//
// Usage: coro_supervisor [-t SECONDS] COMMAND...   each one a line for /bin/sh
//        ./coro_supervisor 'exec sleep 5' 'while :; do date; sleep 1; done'
// Build: c++ -std=c++20 -o coro_supervisor coro_supervisor.cpp -lev
//
// SIGHUP restarts all commands. SIGTERM or SIGINT ends them, and then the
// supervisor. A command that does not end within SECONDS (5) is killed.
//
// Each command is a task. A cancel ends its process: first by SIGTERM, in a
// clean-up that is shielded from the cancel.

#include <relev.hpp>

#include "commands.hpp"

using namespace std::chrono_literals;
using namespace relev;
using seconds = std::chrono::duration<double>;
using steady = std::chrono::steady_clock;

namespace {

constexpr seconds shortest_delay = 100ms, longest_delay = 30s;
seconds patience = 5s;  // between SIGTERM and SIGKILL

task<int> ended(process& p)
{
    kill(-p.pid(), SIGTERM);
    if (auto status = co_await try_for(patience, p.exited())) co_return *status;
    kill(-p.pid(), SIGKILL);
    co_return co_await p.exited();
}

task<> service(std::string command)
{
    for (seconds delay = shortest_delay;;
         delay = std::min(2 * delay, longest_delay)) {
        steady::time_point started = steady::now();
        process p(commands::start(command));
        auto status = co_await nothrow(p.exited());
        if (!status) {  // canceled
            commands::log_end(command, co_await shielded(ended(p)));
            co_return;
        }
        commands::log_end(command, *status);
        if (steady::now() - started > longest_delay) delay = shortest_delay;
        co_await sleep_for(delay);
    }
}

task<> services(char** commands)
{
    co_await with_nursery([&](nursery& n) -> task<> {
        for (char** command = commands; *command; ++command)
            n.spawn(service, std::string(*command));
        co_return;
    });
}

task<> supervise(char** commands)
{
    signal_set signals{SIGHUP, SIGTERM, SIGINT};
    for (int signum = SIGHUP; signum == SIGHUP;) {
        auto ended = co_await when_any(services(commands), signals.next());
        signum = std::get<1>(ended.values).value_or(SIGTERM);
    }
}

}  // namespace

int main(int argc, char** argv)
try {
    char** commands = argv + 1;
    if (argc > 3 && std::string(argv[1]) == "-t") {
        patience = seconds(std::stod(argv[2]));
        commands += 2;
    }
    if (!*commands) {
        std::cerr << "usage: coro_supervisor [-t SECONDS] COMMAND...\n";
        return 2;
    }
    loop l(adopt, EV_DEFAULT);
    l.run(supervise(commands));
} catch (const std::exception& error) {
    std::cerr << "coro_supervisor: " << error.what() << '\n';
    return EXIT_FAILURE;
}
