// The command: NAME [KEY=VALUE...] runs a workload and prints one line.

#include "bench.hh"

#include "lib.hh"

#include <fcntl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <valgrind/callgrind.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

// Defined by clock.so, which stops the clock: time passes as it is told to.
extern "C" [[gnu::weak]] void bench_clock_forward(double seconds);

namespace bench {

static Workload* first;

Workload::Workload(const char* name, void (*go)(Run&))
    : name(name), go(go), next(first)
{
    first = this;
}

static double read_clock(clockid_t clock)
{
    timespec t = {};
    clock_gettime(clock, &t);
    return double(t.tv_sec) + double(t.tv_nsec) * 1e-9;
}

double seconds() { return read_clock(CLOCK_MONOTONIC); }

void elapse(double after)
{
    if (bench_clock_forward) return bench_clock_forward(after);
    double until = seconds() + after;
    for (double rest = after; rest > 0; rest = until - seconds())
        usleep(useconds_t(rest * 1e6) + 1);
}

const char* Run::get_text(const char* key, const char* otherwise) const
{
    size_t length = strlen(key);
    for (int i = 0; i < count; ++i)
        if (!strncmp(words[i], key, length) && words[i][length] == '=')
            return words[i] + length + 1;
    return otherwise;
}

long Run::get(const char* key, long otherwise) const
{
    const char* text = get_text(key, nullptr);
    return text ? atol(text) : otherwise;
}

bool Run::counting() { return RUNNING_ON_VALGRIND; }

// What is counted needs a filled cache of memory only; time needs more.
long Run::warming(long operations)
{
    return counting() ? operations / 4 + 1 : operations / 10 + 1;
}

Run::Moment Run::moment() const
{
    return {seconds(), read_clock(thread_only ? CLOCK_THREAD_CPUTIME_ID
                                              : CLOCK_PROCESS_CPUTIME_ID)};
}

void Run::begin(const char* name)
{
    phase = name;
    measuring = true;
    taken = {};
    if (counting()) CALLGRIND_ZERO_STATS;
    resume();
}

void Run::end(long)
{
    pause();
    measuring = false;
    if (counting()) CALLGRIND_DUMP_STATS_AT(phase);
}

void Run::resume()
{
    if (!measuring) return;
    since = moment();
    if (counting()) CALLGRIND_TOGGLE_COLLECT;
}

void Run::pause()
{
    if (!measuring) return;
    if (counting()) CALLGRIND_TOGGLE_COLLECT;
    Moment now = moment();
    taken.wall += now.wall - since.wall;
    taken.cpu += now.cpu - since.cpu;
}

void Run::report(const char* key, double value)
{
    printf("%s=%g ", key, value);
}

void Run::print(long operations) const
{
    printf("ops=%ld cpu_ns=%.2f wall_ns=%.2f ", operations,
           taken.cpu * 1e9 / double(operations),
           taken.wall * 1e9 / double(operations));
}

unsigned long Random::next()
{
    state ^= state << 13;
    state ^= state >> 7;
    return state ^= state << 17;
}

long Random::below(long limit)
{
    return long((next() >> 32) * (unsigned long)limit >> 32);
}

double Random::between(double low, double high)
{
    return low + (high - low) * double(next() >> 40) / double(1 << 24);
}

void fail(const char* what)
{
    perror(what);
    exit(1);
}

void Pair::open()
{
    int fds[2];
    must(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
                     fds),
         "socketpair");
    here = fds[0], there = fds[1];
}

void Pair::close()
{
    ::close(here);
    ::close(there);
}

int open_pipe()
{
    int ends[2];
    char name[40];
    must(!pipe2(ends, O_CLOEXEC), "pipe");
    snprintf(name, sizeof name, "/proc/self/fd/%d", ends[0]);
    int both = open(name, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    must(both >= 0, "open");
    close(ends[0]);
    close(ends[1]);
    return both;
}

static int main(int count, char** words)
{
    const char* wanted = count > 1 ? words[1] : "";
    for (Workload* w = first; w; w = w->next) {
        if (strcmp(w->name, wanted)) continue;
        printf("lib=%s ", lib::name);
        for (int i = 2; i < count; ++i) printf("%s ", words[i]);
        Run run(count - 2, words + 2);
        w->go(run);
        printf("workload=%s\n", w->name);
        return 0;
    }
    fprintf(stderr, "Usage: %s WORKLOAD [KEY=VALUE...]\nWorkloads:", words[0]);
    for (Workload* w = first; w; w = w->next) fprintf(stderr, " %s", w->name);
    fprintf(stderr, "\n");
    return 2;
}

}  // bench

int main(int count, char** words) { return bench::main(count, words); }
