// Children.

#include "bench.hh"
#include "lib.hh"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <vector>

namespace bench { namespace {

using lib::Loop;

long gone;

void child_gone(Loop loop, lib::Child& child, int)
{
    ++gone;
    child.stop(loop);
}

// Keeps SIGCHLD back.
struct Hold {
    sigset_t before;

    Hold()
    {
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, SIGCHLD);
        sigprocmask(SIG_BLOCK, &set, &before);
    }

    void end() { sigprocmask(SIG_SETMASK, &before, nullptr); }
};

pid_t dead_child()
{
    siginfo_t info;
    pid_t child = fork();
    must(child >= 0, "fork");
    if (!child)
        for (;;) pause();
    kill(child, SIGKILL);
    must(!waitid(P_PID, id_t(child), &info, WEXITED | WNOWAIT), "waitid");
    return child;
}

// N children have ended, and one signal reports all. An operation is the event
// of one of them; making them is not measured.
void children(Run& run)
{
    Loop loop = lib::loop_default();
    std::vector<lib::Child> watchers(size_t(run.get("n", 10)));
    for (auto& w : watchers) w.set<child_gone>(loop);
    run.measure([&](long ends) {
        for (long done = 0; done < ends; done += long(watchers.size())) {
            run.pause();
            Hold hold;
            for (auto& w : watchers) w.start(loop, dead_child());
            gone = 0;
            run.resume();
            hold.end();
            while (gone < long(watchers.size())) lib::once(loop);
        }
    });
    for (auto& w : watchers) w.drop(loop);
    lib::loop_free(loop);
}

const Workload workloads[] = {{"child", children}};

}}  // bench
