// What the tasks of a program share, and its statements without blocks.

#ifndef REAL_WORLD_HH
#define REAL_WORLD_HH

#include <memory>

#include "clock.hh"
#include "program.hh"
#include "relev.hpp"

namespace real {

using namespace relev;
using std::chrono::seconds;

// Counts its objects: none may be left.
struct alive {
    alive() { ++count; }
    ~alive() { --count; }
    alive(const alive&) = delete;
    static inline int count = 0;
};

struct thrown : std::runtime_error {
    explicit thrown(int which) : runtime_error("thrown"), id(which) {}
    int id;
};
struct disturbed {};

struct env {
    nursery* n;
    const env* outer;
};

inline const env* above(const env* e, int levels)
{
    while (levels--) e = e->outer;
    return e;
}

// What the tasks of a run share.
struct world {
    world(loop& on, trace& t, const one_run& r)
        : l(on), seen(t), how(r), first(t.steps)
    {
    }

    void note(int id, char kind, int value)
    {
        bool now = seen.steps - first == how.when;
        seen.note(id, kind, value);
        if (!now) return;
        if (how.how == end::stop) l.stop();
        if (how.how == end::raise)
            l.break_with(std::make_exception_ptr(disturbed()));
    }

    loop& l;
    trace& seen;
    const one_run& how;
    int first;
    channel<int> c0{0}, c1{1}, c2{2};
    mutex m;
    event happens[event_count];
    std::stop_source sources[token_count];

    channel<int>& channel_at(int i)
    {
        return i % channel_count == 0 ? c0 : i % channel_count == 1 ? c1 : c2;
    }
};

task<int> sequence(world& w, const block& b, const env* e);

// What nothrow makes of it.
inline int quietly(result<int> r)
{
    if (r) return *r + 5;
    if (r.error() == std::errc::operation_canceled) return 1;
    return r.error() == std::errc::timed_out ? 3 : 4;
}

inline task<int> leaf(world& w, const statement& s, const env* e)
{
    alive here;
    switch (s.what) {
        case op::sleep:
            co_await sleep_for(seconds(s.time));
            break;
        case op::quiet_sleep: {
            auto code = co_await nothrow(sleep_for(seconds(s.time)));
            co_return code ? 1 : 0;
        }
        case op::yield:
            co_await yield();
            break;
        case op::work:
            virtual_time::advance(ticks(s));
            break;
        case op::fail:
            throw thrown(s.id);
        case op::set:
            w.happens[s.at % event_count].set();
            break;
        case op::wait:
            co_await w.happens[s.at % event_count].wait();
            break;
        case op::request:
            w.sources[s.at % token_count].request_stop();
            break;
        default:  // cancel
            above(e, s.at)->n->cancel();
    }
    co_return 0;
}

inline task<int> by_channel(world& w, const statement& s)
{
    alive here;
    channel<int>& c = w.channel_at(s.at);
    int value = s.id;
    switch (s.what) {
        case op::push:
            co_await c.push(s.id);
            break;
        case op::pop:
            value = co_await c.pop();
            co_return value;
        case op::next: {
            auto got = co_await c.next();
            co_return got ? *got + 1 : 0;
        }
        case op::quiet_pop: {
            auto got = co_await nothrow(c.pop());
            if (got) co_return *got + 3;
            co_return got.error() == std::errc::operation_canceled ? 1 : 2;
        }
        case op::try_push:
            co_return c.try_push(value);
        case op::try_pop: {
            auto got = c.try_pop();
            co_return got ? *got + 1 : 0;
        }
        default:
            c.close();
    }
    co_return 0;
}

}  // namespace real

#endif
