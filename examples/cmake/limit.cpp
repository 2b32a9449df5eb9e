// Runs a command, for at most the given number of seconds: limit.c with the C++
// classes.
//
// Usage: limit++ SECONDS COMMAND [ARGUMENT]...

#include <ev++.h>
#include <spawn.h>
#include <sys/wait.h>
#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace {

class Limit {
public:
    Limit(ev::loop_ref loop, pid_t pid, double seconds)
        : child(loop), timer(loop)
    {
        child.set<Limit, &Limit::on_end>(this);
        child.start(pid);
        timer.set<Limit, &Limit::on_time_up>(this);
        timer.start(seconds);
    }

    int status() const { return late ? 124 : ended; }

private:
    void on_end(ev::child& w, int)
    {
        ended = WIFSIGNALED(w.rstatus) ? 128 + WTERMSIG(w.rstatus)
                                       : WEXITSTATUS(w.rstatus);
        w.loop.break_loop(ev::ALL);
    }

    void on_time_up(ev::timer&, int)
    {
        late = true;
        kill(child.pid, SIGKILL);
    }

    ev::child child;
    ev::timer timer;
    bool late = false;
    int ended = 0;
};

}  // namespace

int main(int argc, char** argv)
{
    ev::default_loop loop;
    double seconds = argc > 2 ? std::atof(argv[1]) : 0.;
    pid_t pid;

    if (seconds <= 0.) {
        std::fprintf(stderr, "usage: limit++ SECONDS COMMAND [ARGUMENT]...\n");
        return 125;
    }
    if (posix_spawnp(&pid, argv[2], nullptr, nullptr, argv + 2, environ)) {
        std::fprintf(stderr, "limit++: cannot run %s\n", argv[2]);
        return 127;
    }
    Limit limit(loop, pid, seconds);
    loop.run();
    return limit.status();
}
