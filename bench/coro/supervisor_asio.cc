// examples/coro_supervisor.cpp with asio, which has no processes.
//
// Usage: supervisor_asio [-t SECONDS] COMMAND...

#include <asio.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <map>
#include <memory>
#include <vector>

#include "../../examples/commands.hpp"

using asio::awaitable;
using namespace std::chrono_literals;
using seconds = std::chrono::duration<double>;
using steady = std::chrono::steady_clock;
constexpr auto with_error = asio::experimental::as_tuple(asio::use_awaitable);

namespace {

constexpr seconds shortest_delay = 100ms, longest_delay = 30s;
seconds patience = 5s;  // between SIGTERM and SIGKILL

void rethrow(std::exception_ptr error)
{
    if (error) std::rethrow_exception(error);
}

steady::duration in_clock(seconds time)
{
    return std::chrono::duration_cast<steady::duration>(time);
}

class supervisor {
public:
    supervisor(asio::io_context& c, char** commands)
        : context_(c),
          signals_(c, SIGHUP, SIGTERM, SIGINT),
          ends_(c, SIGCHLD),
          commands_(commands)
    {
        start_all();
        asio::co_spawn(c, obey(), rethrow);
        asio::co_spawn(c, reap(), rethrow);
    }

private:
    // A command. Its timer ends when its process does, or when it is stopped.
    struct service {
        service(asio::io_context& c, const char* text)
            : command(text), timer(c, steady::time_point::max())
        {
        }

        std::string command;
        asio::steady_timer timer;
        pid_t pid = 0;  // 0: does not run
        int status = 0;
        bool stopping = false;
    };

    void start_all()
    {
        services_.clear();
        for (char** command = commands_; *command; ++command)
            services_.push_back(std::make_unique<service>(context_, *command));
        running_ = services_.size();
        for (auto& s : services_) asio::co_spawn(context_, run(*s), rethrow);
    }

    void run_process(service& s)
    {
        s.pid = commands::start(s.command);
        by_pid_[s.pid] = &s;
    }

    // Until the process has ended, the service is stopped, or that time.
    awaitable<void> wait(service& s, steady::time_point until)
    {
        bool was_stopping = s.stopping;
        while (s.pid && s.stopping == was_stopping && steady::now() < until) {
            s.timer.expires_at(until);
            co_await s.timer.async_wait(with_error);
        }
    }

    awaitable<void> run(service& s)
    {
        for (seconds delay = shortest_delay; !s.stopping;
             delay = std::min(2 * delay, longest_delay)) {
            steady::time_point started = steady::now();
            run_process(s);
            co_await wait(s, steady::time_point::max());
            if (s.pid) co_await end_process(s);
            commands::log_end(s.command, s.status);
            if (steady::now() - started > longest_delay) delay = shortest_delay;
            if (s.stopping) break;
            s.timer.expires_after(in_clock(delay));
            co_await s.timer.async_wait(with_error);
        }
        if (--running_ == 0) has_ended();
    }

    awaitable<void> end_process(service& s)
    {
        kill(-s.pid, SIGTERM);
        co_await wait(s, steady::now() + in_clock(patience));
        if (!s.pid) co_return;
        kill(-s.pid, SIGKILL);
        co_await wait(s, steady::time_point::max());
    }

    void has_ended()
    {
        if (ending_) {
            signals_.cancel();
            ends_.cancel();
        } else {
            asio::post(context_, [this] { start_all(); });
        }
    }

    awaitable<void> reap()
    {
        for (;;) {
            auto [error, signum] = co_await ends_.async_wait(with_error);
            if (error) co_return;
            int status = 0;
            for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
                auto found = by_pid_.find(pid);
                if (found == by_pid_.end()) continue;
                service& s = *found->second;
                by_pid_.erase(found);
                s.pid = 0, s.status = status;
                s.timer.cancel();
            }
        }
    }

    awaitable<void> obey()
    {
        for (;;) {
            auto [error, signum] = co_await signals_.async_wait(with_error);
            if (error) co_return;
            if (signum != SIGHUP) ending_ = true;
            for (auto& s : services_) {
                s->stopping = true;
                s->timer.cancel();
            }
        }
    }

    asio::io_context& context_;
    asio::signal_set signals_, ends_;
    char** commands_;
    std::vector<std::unique_ptr<service>> services_;
    std::map<pid_t, service*> by_pid_;
    std::size_t running_ = 0;
    bool ending_ = false;
};

}  // namespace

int main(int argc, char** argv)
try {
    char** commands = argv + 1;
    if (argc > 3 && std::string(argv[1]) == "-t") {
        patience = seconds(std::stod(argv[2]));
        commands += 2;
    }
    if (!*commands) {
        std::cerr << "usage: supervisor_asio [-t SECONDS] COMMAND...\n";
        return 2;
    }
    asio::io_context context(1);
    supervisor s(context, commands);
    context.run();
} catch (const std::exception& error) {
    std::cerr << "supervisor: " << error.what() << '\n';
    return EXIT_FAILURE;
}
