// Files that change, for libraries that leave inotify to their user. For the
// foot of such a library's lib.hh, after over_io.hh.

#pragma once

#include "bench.hh"

#include <sys/inotify.h>
#include <unistd.h>

#include <vector>

namespace lib {

struct Path;

struct Notifier {
    Source source;
    int fd = -1;
    std::vector<Path*> paths;  // by the kernel's number
};

inline Notifier notifier;

struct Path {
    void (*called)(Loop, Path&, int);
    const char* name;
    int number = 0;

    // The names of changed files are not asked for: an event is 16 bytes.
    static void changed(Loop loop, Source&, const char* data, ssize_t length)
    {
        bench::must(length == sizeof(inotify_event), "inotify");
        auto* event = reinterpret_cast<const inotify_event*>(data);
        Path* path = notifier.paths[size_t(event->wd)];
        if (path) path->called(loop, *path, int(event->mask));
    }

    template <auto to_call>
    void set(Loop loop, const char* watched)
    {
        called = to_call;
        name = watched;
        if (notifier.fd >= 0) return;
        notifier.fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
        notifier.source.set<changed>(loop, notifier.fd);
        notifier.source.start(loop);
    }

    void start(Loop)
    {
        constexpr unsigned events = IN_ATTRIB | IN_CREATE | IN_DELETE
                                  | IN_DELETE_SELF | IN_MODIFY | IN_MOVE
                                  | IN_MOVE_SELF;
        number = inotify_add_watch(notifier.fd, name, events);
        bench::must(number > 0, "inotify_add_watch");
        if (notifier.paths.size() <= size_t(number))
            notifier.paths.resize(size_t(number) * 2);
        notifier.paths[size_t(number)] = this;
    }

    void drop(Loop loop)
    {
        notifier.paths[size_t(number)] = nullptr;
        if (notifier.fd < 0) return;
        notifier.source.drop(loop);
        ::close(notifier.fd);
        notifier.fd = -1;
    }
};

}  // lib
