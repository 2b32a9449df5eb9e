// Plays random programs on the model and with relev.hpp, and compares.
//
//   driver FIRST COUNT    the programs with these seeds
//   driver -v SEED        one program, with both traces
//
// With NO_MEMORY in the environment allocations fail.

#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <new>

#include "clock.hh"
#include "real.hh"
#include "shrink.hh"
#include "statements.hh"

namespace {

long live_allocations, allocations, failing_allocation = -1;
int unhandled_errors;
bool in_run;  // only there allocations may fail
void count_unhandled(std::exception_ptr) { ++unhandled_errors; }

void* counted(std::size_t size)
{
    if (in_run && allocations++ == failing_allocation) return nullptr;
    void* p = std::malloc(size ? size : 1);
    if (p) ++live_allocations;
    return p;
}

}  // namespace

void* operator new(std::size_t size)
{
    if (void* p = counted(size)) return p;
    throw std::bad_alloc();
}
void operator delete(void* p) noexcept
{
    if (p) --live_allocations;
    std::free(p);
}
void operator delete(void* p, std::size_t) noexcept { operator delete(p); }

namespace {

using std::chrono::seconds;

// One run; a disturbance by time is a timer of the loop.
void play(relev::loop& l, const one_run& r, trace& seen)
{
    ev_now_update(l.raw());
    bool by_time = r.how >= end::stop_at;
    relev::on_timer disturb{l, seconds(r.when), [&] {
                                if (r.how == end::stop_at) l.stop();
                                if (r.how == end::break_at)
                                    ev_break(l.raw(), EVBREAK_ALL);
                                if (r.how == end::raise_at)
                                    throw real::disturbed();
                            }};
    if (!by_time) disturb.stop();
    virtual_time::advance(500 * ticks_per_second);
    real::ending end = {'v', 0};
    real::world w(l, seen, r);
    try {
        in_run = true;
        end.value = l.run(real::sequence(w, r.root, nullptr));
    } catch (...) {
        end = real::what_was_thrown();
    }
    in_run = false;
    seen.note(0, end.kind, end.value);
}

std::string played(const program& p)
{
    trace seen;
    seen.text.reserve(1 << 16);  // is no part of what may fail
    unhandled_errors = 0;
    virtual_time::set(1000 * ticks_per_second);
    long before = live_allocations;
    allocations = 0;
    {
        relev::loop l(EVBACKEND_POLL);
        int stuck = 0;
        virtual_time::stuck = [&] {
            if (!stuck++) l.stop();
            else l.break_with(std::make_exception_ptr(real::disturbed()));
        };
        if (p.counts_unhandled) l.on_unhandled(count_unhandled);
        for (const one_run& r : p.runs) stuck = 0, play(l, r, seen);
        ev_run(l.raw(), 0);  // returns: nothing is active
        virtual_time::stuck = nullptr;
    }
    int unhandled = unhandled_errors;
    failing_allocation = -1;
    seen.text += "unhandled " + std::to_string(unhandled);
    if (real::alive::count)
        seen.text += " alive " + std::to_string(real::alive::count);
    // A thread may keep frames until it ends: not so with sanitizers.
    if (!relev::detail::frames_are_kept && live_allocations != before)
        seen.text += " leaked";
    return seen.text;
}

// The model's trace; empty if the order is not determined.
std::string expected(const program& p)
{
    model::interpreter i;
    i.m.clock = 1000 * ticks_per_second;
    std::string text = i.play(p);
    return i.m.ambiguous ? "" : text;
}

bool same(const program& p, bool verbose)
{
    std::string model = expected(p);
    if (model.empty()) return true;
    if (verbose) printf("# model: %s\n", model.c_str()), fflush(stdout);
    std::string real = played(p);
    if (verbose) printf("# relev: %s\n", real.c_str()), fflush(stdout);
    return model == real;
}

// An allocation fails, at each of some places: nothing is left, whatever the
// program makes of it. The runs after it are not disturbed.
bool survives(const program& p, bool verbose)
{
    played(p);
    long all = allocations, step = 1 + all / 12;
    for (long at = 0; at < all; at += step) {
        failing_allocation = at;
        std::string end = played(p);
        bool left =
            end.find("alive") != end.npos || end.find("leaked") != end.npos;
        if (verbose && left) printf("# %ld: %s\n", at, end.c_str());
        if (left) return false;
    }
    return true;
}

bool no_memory;  // what is played: with failing allocations, or the model

bool passes(const program& p, bool verbose)
{
    return no_memory ? survives(p, verbose) : same(p, verbose);
}

// Ends the process if it spins: no program takes so long.
void limit_cpu(long milliseconds)
{
    itimerval t = {{}, {milliseconds / 1000, milliseconds % 1000 * 1000}};
    setitimer(ITIMER_PROF, &t, nullptr);
}

// Runs f in a child, and delivers its exit status; 1 if it crashes or hangs.
template <class F>
int in_child(bool quiet, F f)
{
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        if (quiet && !freopen("/dev/null", "w", stderr)) _exit(1);
        limit_cpu(3000);
        virtual_time::on = true;
        int status = f();
        fflush(stdout);
        _exit(status);
    }
    int status = 0;
    waitpid(pid, &status, 0);
    if (WIFSIGNALED(status)) printf("# signal %d\n", WTERMSIG(status));
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

bool fails_alone(const program& p)
{
    return in_child(true, [&] { return passes(p, false) ? 0 : 1; }) != 0;
}

void show(unsigned seed)
{
    program p = generator(seed).make();
    while (shrink_once(p, fails_alone)) {}
    printf("# seed %u, smallest:\n%s", seed, text_of(p).c_str());
    in_child(false, [&] { return passes(p, true) ? 0 : 1; });
}

// The programs from first to before end; delivers the number of failures.
unsigned play_all(unsigned first, unsigned end)
{
    void* shared = mmap(nullptr, sizeof(unsigned), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    auto* seed = static_cast<unsigned*>(shared);
    const char* most = getenv("SHOW");  // how many are made smaller
    unsigned failed = 0, shown = most ? unsigned(atoi(most)) : 3;
    for (*seed = first; *seed < end; ++*seed) {
        int status = in_child(true, [&] {
            for (; *seed < end; ++*seed) {
                limit_cpu(3000);
                if (!passes(generator(*seed).make(), false)) return 1;
            }
            return 0;
        });
        if (!status) break;
        printf("# seed %u fails\n", *seed);
        if (failed++ < shown) show(*seed);
    }
    return failed;
}

}  // namespace

int main(int argc, char** argv)
{
    no_memory = getenv("NO_MEMORY") != nullptr;
    if (argc != 3) return 2;
    auto number = [&](int i) {
        return unsigned(strtoul(argv[i], nullptr, 10));
    };
    if (std::string(argv[1]) == "-v") {
        program p = generator(number(2)).make();
        printf("%s", text_of(p).c_str());
        return in_child(false, [&] { return passes(p, true) ? 0 : 1; });
    }
    unsigned failed = play_all(number(1), number(1) + number(2));
    printf("# %u programs, %u failed\n", number(2), failed);
    return failed != 0;
}
