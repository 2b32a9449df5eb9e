/* Everything at once, for as long as wanted: sockets that talk, are closed and
 * opened again, timers, asyncs from threads, signals, ev_once, a path, forks,
 * and a wall clock that is set. Whatever is written, sent or raised is counted
 * where it is made and where it arrives.
 *
 * Usage: soak SECONDS [SEED]. Plays rounds on each backend in turn; after each
 * the sides are compared, and fds and memory must be what they were.
 */
#define _GNU_SOURCE
#include "../../harness/clock.h"
#include "mix.h"

double soak_now(void) /* not by the clocks that are set */
{
    return (double)clock_true(CLOCK_MONOTONIC) / clock_ns;
}

void soak_clock_set(void)
{
    static const double sizes[] = {2, 3600, 86400, 86400. * 365};
    double size = sizes[chance(4)];
    double now = ev_time(), year = 86400. * 365;
    if (now > 100 * year) size = -size;
    else if (now > 30 * year && chance(2)) size = -size;
    clock_jump(size);
}

static long soak_resident(void) /* pages */
{
    long size = 0, resident = 0;
    FILE* file = fopen("/proc/self/statm", "r");
    if (file && fscanf(file, "%ld %ld", &size, &resident) != 2) resident = 0;
    if (file) fclose(file);
    return resident;
}

static int bad;

static void soak_expect(const char* what, long made, long seen)
{
    if (made == seen) return;
    ++bad;
    printf("# %s: %ld made, %ld seen\n", what, made, seen);
}

static void totals_compare(const Totals* t)
{
    soak_expect("bytes", t->bytes_out, t->bytes_in);
    soak_expect("timers started, and called or stopped", t->timers_started,
                t->timers_called + t->timers_stopped);
    soak_expect("asyncs", t->asyncs_made, t->asyncs_seen);
    soak_expect("signals", t->signals_made, t->signals_seen);
    soak_expect("calls of ev_once", t->onces_made, t->onces_seen);
    soak_expect("size of a path", t->path_size, t->path_seen);
    soak_expect("forks", t->forks_made, t->forks_seen);
    soak_expect("failures", 0, t->failures);
    if (t->bytes_whole > 2 * t->bytes_half + 65536)
        soak_expect("bytes of memory", t->bytes_half, t->bytes_whole);
}

static void totals_print(const Totals* t)
{
    printf(
        "# %ld bytes, %ld timers, %ld asyncs, %ld signals, %ld onces, "
        "%ld forks, %ld reopened, %ld clocks set\n",
        t->bytes_in, t->timers_started, t->asyncs_made, t->signals_made,
        t->onces_made, t->forks_made, t->reopened, t->jumps);
}

/* The first round on a backend may leave the C library with some memory. */
static void round_play(unsigned bit, double seconds, int first)
{
    Totals totals;
    int fds = soak_fds(), blocks = soak_blocks;
    long pages = soak_resident();

    memset(&totals, 0, sizeof totals);
    mix_play(bit, seconds, &totals);
    totals_compare(&totals);
    totals_print(&totals);
    soak_expect("fds", fds, soak_fds());
    soak_expect("blocks", blocks, soak_blocks);
    if (!first && soak_resident() > pages + 256)
        soak_expect("resident pages", pages, soak_resident());
    int idle = !totals.bytes_in || !totals.forks_made || !totals.reopened
            || !totals.asyncs_made || !totals.signals_made || !totals.onces_made
            || !totals.timers_called;
    soak_expect("kinds of events that never came", 0, idle);
}

int main(int argc, char** argv)
{
    enum { rounds = 6 };
    double seconds = argc > 1 ? atof(argv[1]) : 6;
    int failed = 0;

    if (seconds <= 0) return 2;
    if (argc > 2) chance_state = strtoull(argv[2], NULL, 10) * 2 + 1;
    printf("# seed: %llu\n1..%d\n", (unsigned long long)chance_state, rounds);
    unsetenv("LIBEV_FLAGS");
    ev_set_allocator(soak_allocate);
    for (int i = 0; i < rounds; ++i) {
        unsigned bit = 1u << i % 3;
        bad = 0;
        round_play(bit, seconds / rounds, i < 3);
        printf("%sok %d - test_soak_all_kinds_at_once_lose_nothing [%s]\n",
               bad ? "not " : "", i + 1, backend_name(bit));
        fflush(stdout);
        failed += bad > 0;
    }
    return failed > 0;
}
