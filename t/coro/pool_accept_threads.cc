// relev.hpp: how threads::serve accepts.

#include "pool_help.hh"

using namespace relev;

namespace {

struct iterations {
    unsigned first = 0, last = 0;
    int count = 0;
};

struct noting_session {
    task<> operator()(descriptor) const
    {
        loop& l = co_await this_loop();
        seen->last = ev_iteration(l.raw());
        if (!seen->count++) seen->first = seen->last;
    }
    iterations* seen;
};

task<> until_count(const iterations& seen, int count)
{
    while (seen.count < count) co_await yield();
}

// Issue 20, "speed": one at a time, a burst would wait for as many iterations,
// each of which calls all sessions that are ready.
void test_serve_burst_is_accepted_in_one_iteration(void**)
{
    threads pool(1, flags());
    address a;
    descriptor listener = std::move(listen_each(pool, a.any(), a.size)[0]);
    std::vector<descriptor> clients;
    for (int i = 0; i < 10; ++i) clients.push_back(connected(listener));
    iterations seen;
    pool.run([&](loop&, int) -> task<> {
        co_await when_any(pool.serve(listener.fd(), noting_session{&seen}),
                          until_count(seen, 10));
    });
    assert_int_equal(seen.count, 10);
    assert_int_equal(seen.first, seen.last);
}

const Test tests[] = {
    EACH(test_serve_burst_is_accepted_in_one_iteration),
};

}  // namespace

HARNESS_MAIN("pool_accept", tests)
