// relev.hpp: random trees of tasks. After each of them nothing is left: no
// object, no fiber, no scope, no watcher.

#include <random>

#include "coro_help.hh"

using namespace relev;

namespace {

// Errors that the tree throws by itself.
struct thrown : std::runtime_error {
    thrown() : runtime_error("tree") {}
};

// Each task draws from the generator of its tree.
struct forest {
    std::minstd_rand random;
    unsigned unhandled = 0;

    unsigned draw(unsigned below)
    {
        return static_cast<unsigned>(random() % below);
    }
};

task<int> node(forest& f, int depth);

task<> endless()
{
    alive here;
    co_await sleep_for(1000s);
}

task<> leaf_of(forest& f)
{
    alive here;
    switch (f.draw(8)) {
        case 0:
            break;
        case 1:
            co_await sleep_for(0s);
            break;
        case 2:
            throw thrown();
        case 3: {
            semaphore s(1);
            permit p = co_await s.acquire();
            co_await yield();
            break;
        }
        default:
            co_await yield();
    }
}

task<> sender(forest& f, channel<alive>& c, int depth)
{
    alive here;
    for (unsigned n = f.draw(5); n; --n) {
        co_await c.push(alive());
        if (f.draw(3) == 0) co_await node(f, depth - 1);
    }
    c.close();
}

task<> by_channel(forest& f, int depth)
{
    alive here;
    channel<alive> c(f.draw(3));
    co_await with_nursery([&](nursery& n) -> task<> {
        alive body;
        n.spawn(sender, std::ref(f), std::ref(c), depth);
        while (co_await c.next())
            if (f.draw(4) == 0) co_await yield();
    });
}

task<> by_nursery(forest& f, int depth)
{
    alive here;
    co_await with_nursery([&](nursery& n) -> task<> {
        for (unsigned i = f.draw(4); i; --i)
            n.spawn(node, std::ref(f), depth - 1);
        if (f.draw(3) == 0) n.spawn(endless), n.cancel();
        co_await node(f, depth - 1);
    });
}

// Waits in its clean-up, too.
task<> cleans_up(forest& f, int depth)
{
    alive here;
    bool ended = false;
    try {
        co_await node(f, depth - 1);
        co_await endless();
    } catch (const canceled&) {
        ended = true;
    }
    if (ended) co_await shielded(leaf_of(f));
    if (ended && f.draw(2)) throw canceled{};
}

task<int> node(forest& f, int depth)
{
    alive here;
    if (depth <= 0) co_await leaf_of(f);
    else switch (f.draw(10)) {
            case 0:
                co_await when_all(node(f, depth - 1), node(f, depth - 2));
                break;
            case 1:
                co_await when_any(node(f, depth - 1), endless());
                break;
            case 2:
                co_await when_any(node(f, depth - 1), node(f, depth - 1),
                                  cleans_up(f, depth - 1));
                break;
            case 3:
                (void)co_await try_for(0s, cleans_up(f, depth));
                break;
            case 4:
                co_await with_timeout(1s, node(f, depth - 1));
                break;
            case 5:
                co_await by_channel(f, depth);
                break;
            case 6:
                co_await by_nursery(f, depth);
                break;
            case 7:
                (void)co_await nothrow(
                    with_timeout(0s, cleans_up(f, depth - 1)));
                break;
            case 8:
                if (auto late = co_await nothrow(sleep_for(1ms))) break;
                (void)co_await nothrow(node(f, depth - 1));
                break;
            default:
                co_await shielded(node(f, depth - 1));
        }
    co_return 1;
}

unsigned unhandled;
void count_unhandled(std::exception_ptr) { ++unhandled; }

struct midway {};

// Destroys the tree in that iteration, if it still runs.
void run_tree(loop& l, unsigned seed)
{
    forest f{std::minstd_rand(seed + 1)};
    int left = f.draw(4) ? -1 : static_cast<int>(f.draw(12));
    on_check c{l, [&] {
                   if (left-- == 0) throw midway();
               }};
    // The check watcher holds no reference: an endless tree ends by a timer.
    on_timer limit{l, 0s, 1ms, [&] {
                       if (f.draw(50) == 0) l.stop();
                   }};
    try {
        l.run(node(f, 6));
    } catch (const thrown&) {
    } catch (const canceled&) {
    } catch (const midway&) {
    }
}

// CXX_API 9: 20,000 trees, over three backends; fewer where that takes longer
// than some seconds.
void test_random_trees_leave_nothing(void**)
{
    loop l(flags());
    l.on_unhandled(count_unhandled);
    auto end = std::chrono::steady_clock::now() + 6s;
    unsigned seed = 0;
    for (; seed < 6700; ++seed) {
        if (seed > 100 && std::chrono::steady_clock::now() > end) break;
        run_tree(l, seed + backend * 100000);
        if (alive::count) fail_msg("seed %u: %d left", seed, alive::count);
        if (seed % 16 == 0) ev_verify(l.raw());
        ev_run(l.raw(), 0);  // returns: nothing is active
        assert_int_equal(ev_pending_count(l.raw()), 0);
    }
    print_message("# %u trees\n", seed);
}

const Test tests[] = {EACH(test_random_trees_leave_nothing)};

}  // namespace

HARNESS_MAIN("trees", tests)
