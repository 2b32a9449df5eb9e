// Children, for libraries that have signals but no children: SIGCHLD tells that
// some have ended, waitpid which, and a table whose they are. For the foot of
// such a library's lib.hh, which has defined Signal.

#pragma once

#include <signal.h>
#include <sys/wait.h>

#include <unordered_map>

namespace lib {

struct Child;

struct Reaper {
    Signal signal;
    std::unordered_map<pid_t, Child*> children;
    bool started = false;
};

inline Reaper reaper;

struct Child {
    void (*called)(Loop, Child&, int);
    pid_t pid = 0;

    static void reap(Loop loop, Signal&, int)
    {
        int status;
        while (pid_t ended = waitpid(-1, &status, WNOHANG)) {
            if (ended < 0) break;
            auto found = reaper.children.find(ended);
            if (found == reaper.children.end()) continue;
            Child& child = *found->second;
            reaper.children.erase(found);
            child.called(loop, child, status);
        }
    }

    template <auto to_call>
    void set(Loop loop)
    {
        called = to_call;
        if (reaper.started) return;
        reaper.started = true;
        reaper.signal.set<reap>(loop, SIGCHLD);
        reaper.signal.start(loop);
    }

    void start(Loop, pid_t child)
    {
        pid = child;
        reaper.children[pid] = this;
    }

    void stop(Loop) { reaper.children.erase(pid); }

    void drop(Loop loop)
    {
        stop(loop);
        if (reaper.started) reaper.signal.drop(loop);
        reaper.started = false;
    }
};

}  // lib
