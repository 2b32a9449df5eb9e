// Memory: what the library allocates, in bytes, beside the watchers, which the
// program has allocated before; and all of a server's.

#include "bench.hh"
#include "lib.hh"

#include <malloc.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <vector>

namespace bench { namespace {

using lib::Loop;

double allocated()
{
    struct mallinfo2 info = mallinfo2();
    return double(info.uordblks + info.hblkhd);
}

void never_ready(Loop, lib::Io&, int) {}
void never_due(Loop, lib::Timer&, int) {}

// For what a loop does only now and then.
void rest(Loop loop)
{
    lib::turn(loop);
    for (int i = 0; i < 2; ++i) {
        usleep(600000);
        lib::turn(loop);
    }
}

// Per idle descriptor, N of them.
void memory_io(Run& run)
{
    long n = run.get("n", 10000);
    std::vector<lib::Io> all((size_t(n)));
    std::vector<int> fds;
    Loop loop = lib::loop_new();
    lib::turn(loop);
    for (long i = 0; i < n; ++i) fds.push_back(open_pipe());
    double before = allocated();
    for (size_t i = 0; i < all.size(); ++i) {
        all[i].set<never_ready>(loop, fds[i], lib::readable);
        all[i].start(loop);
    }
    rest(loop);
    run.report("bytes", (allocated() - before) / double(n));
    run.report("watcher", sizeof(lib::Io));
    for (lib::Io& io : all) io.drop(loop);
    lib::loop_free(loop);
}

// Per timer, N of them.
void memory_timer(Run& run)
{
    long n = run.get("n", 100000);
    std::vector<lib::Timer> all((size_t(n)));
    Loop loop = lib::loop_new();
    lib::turn(loop);
    double before = allocated();
    for (lib::Timer& timer : all) {
        timer.set<never_due>(loop);
        timer.start(loop, 1000);
    }
    rest(loop);
    run.report("bytes", (allocated() - before) / double(n));
    run.report("watcher", sizeof(lib::Timer));
    for (lib::Timer& timer : all) timer.drop(loop);
    lib::loop_free(loop);
}

// Per loop, each with the same descriptor and a timer, and turned once.
void memory_loop(Run& run)
{
    constexpr size_t n = 100;
    std::vector<lib::Io> ios(n);
    std::vector<lib::Timer> timers(n);
    std::vector<Loop> loops(n);
    int fd = open_pipe();
    lib::loop_free(lib::loop_new());  // what the first one sets up
    double before = allocated();
    for (size_t i = 0; i < n; ++i) {
        Loop loop = loops[i] = lib::loop_new();
        ios[i].set<never_ready>(loop, fd, lib::readable);
        ios[i].start(loop);
        timers[i].set<never_due>(loop);
        timers[i].start(loop, 1000);
        lib::turn(loop);
    }
    run.report("bytes", (allocated() - before) / double(n));
    for (size_t i = 0; i < n; ++i) {
        ios[i].drop(loops[i]);
        timers[i].drop(loops[i]);
        lib::loop_free(loops[i]);
    }
}

// What is still allocated after a burst: N descriptors and 10 N timers, all
// stopped again, and a while later.
void memory_burst(Run& run)
{
    long n = run.get("n", 10000);
    std::vector<lib::Io> ios((size_t(n)));
    std::vector<lib::Timer> timers(size_t(10 * n));
    std::vector<int> fds;
    Loop loop = lib::loop_new();
    lib::turn(loop);
    for (long i = 0; i < n; ++i) fds.push_back(open_pipe());
    double before = allocated();
    for (size_t i = 0; i < ios.size(); ++i) {
        ios[i].set<never_ready>(loop, fds[i], lib::readable);
        ios[i].start(loop);
    }
    for (lib::Timer& timer : timers) {
        timer.set<never_due>(loop);
        timer.start(loop, 1000);
    }
    lib::turn(loop);
    for (lib::Io& io : ios) io.drop(loop);
    for (lib::Timer& timer : timers) timer.drop(loop);
    for (int fd : fds) close(fd);
    for (int i = 0; i < 100; ++i) lib::turn(loop);
    rest(loop);
    run.report("bytes", allocated() - before);
    lib::loop_free(loop);
}

double resident()
{
    long pages = 0, in_memory = 0;
    FILE* file = fopen("/proc/self/statm", "r");
    must(file && fscanf(file, "%ld %ld", &pages, &in_memory) == 2, "statm");
    fclose(file);
    return double(in_memory * sysconf(_SC_PAGESIZE));
}

// A server's N idle connections: each has a watcher, a timeout, and is
// allocated by itself. Resident bytes of the process per connection.
struct Connection {
    lib::Io io;
    lib::Timer timeout;
    char state[64];
};

void memory_rss(Run& run)
{
    long n = run.get("n", 10000);
    std::vector<Connection*> all;
    std::vector<int> fds;
    for (long i = 0; i < n; ++i) fds.push_back(open_pipe());
    all.reserve(fds.size());
    Loop loop = lib::loop_new();
    lib::turn(loop);
    double before = resident();
    for (int fd : fds) {
        auto* c = new Connection;
        all.push_back(c);
        c->io.set<never_ready>(loop, fd, lib::readable);
        c->io.start(loop);
        c->timeout.set<never_due>(loop);
        c->timeout.again(loop, 1000);
    }
    lib::turn(loop);
    run.report("bytes", (resident() - before) / double(n));
    for (Connection* c : all) c->io.drop(loop), c->timeout.drop(loop);
    lib::loop_free(loop);
    for (Connection* c : all) delete c;
}

const Workload workloads[] = {
    {"memory-io", memory_io},     {"memory-timer", memory_timer},
    {"memory-loop", memory_loop}, {"memory-burst", memory_burst},
    {"memory-rss", memory_rss},
};

}}  // bench
