// Interprets a program with relev.hpp.

#ifndef REAL_HH
#define REAL_HH

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

inline task<int> group(world& w, const statement& s, const env* e)
{
    alive here;
    auto& b = s.blocks;
    bool third = b.size() > 2;
    static const block none;
    if (s.what == op::all) {
        if (third) {
            auto [x, y, z] =
                co_await when_all(sequence(w, b[0], e), sequence(w, b[1], e),
                                  sequence(w, b[2], e));
            co_return mixed(mixed(mixed(0, x + 1), y + 1), z + 1);
        }
        auto [x, y] =
            co_await when_all(sequence(w, b[0], e), sequence(w, b[1], e));
        co_return mixed(mixed(0, x + 1), y + 1);
    }
    auto value = [](auto& o) { return o ? *o + 1 : 0; };
    if (third) {
        auto any = co_await when_any(sequence(w, b[0], e), sequence(w, b[1], e),
                                     sequence(w, b[2], e));
        auto& [x, y, z] = any.values;
        int index = int(any.index) + 1;
        co_return mixed(mixed(mixed(index, value(x)), value(y)), value(z));
    }
    auto any = co_await when_any(sequence(w, b[0], e), sequence(w, b[1], e));
    auto& [x, y] = any.values;
    co_return mixed(mixed(int(any.index) + 1, value(x)), value(y));
}

inline task<int> open(world& w, const statement& s, const env* outer)
{
    alive here;
    env e{nullptr, outer};
    co_await with_nursery([&](nursery& n) -> task<> {
        alive body;
        e.n = &n;
        co_await sequence(w, s.blocks[0], &e);
    });
    co_return 0;
}

inline task<int> mop_up(world& w, const statement& s, const env* e)
{
    alive here;
    int value = 0;
    bool ended = false;
    try {
        value = co_await sequence(w, s.blocks[0], e);
    } catch (const canceled&) {
        ended = true;
    }
    if (!ended) co_return value;
    co_await shielded(sequence(w, s.blocks[1], e));
    throw canceled{};
}

inline task<int> rescue(world& w, const statement& s, const env* e)
{
    alive here;
    try {
        int value = co_await sequence(w, s.blocks[0], e);
        co_return value;
    } catch (const std::exception&) {
    }
    co_return 7;
}

inline task<int> locked(world& w, const statement& s, const env* e)
{
    alive here;
    permit p = co_await w.m.lock();
    int value = co_await sequence(w, s.blocks[0], e);
    co_return value;
}

inline task<int> inner(world& w, const statement& s, const env* e)
{
    alive here;
    const block& b = s.blocks[0];
    seconds limit(s.time);
    int value = 0;
    switch (s.what) {
        case op::timeout:
            value = co_await with_timeout(limit, sequence(w, b, e));
            break;
        case op::attempt: {
            auto got = co_await try_for(limit, sequence(w, b, e));
            co_return got ? *got + 1 : 0;
        }
        case op::shield:
            value = co_await shielded(sequence(w, b, e));
            break;
        case op::with_stop: {
            auto token = w.sources[s.at % token_count].get_token();
            value = co_await with_stop(token, sequence(w, b, e));
            break;
        }
        case op::quiet_timeout:
            value = quietly(
                co_await nothrow(with_timeout(limit, sequence(w, b, e))));
            break;
        case op::quiet:
            value = quietly(co_await nothrow(sequence(w, b, e)));
            break;
        default: {  // spawn
            const env* there = above(e, s.at);
            there->n->spawn(sequence, std::ref(w), std::cref(b), there);
        }
    }
    co_return value;
}

inline task<int> any_statement(world& w, const statement& s, const env* e)
{
    switch (s.what) {
        case op::acquire:
            return locked(w, s, e);
        case op::rescue:
            return rescue(w, s, e);
        case op::mop_up:
            return mop_up(w, s, e);
        case op::all:
        case op::any:
            return group(w, s, e);
        case op::nursery:
            return open(w, s, e);
        case op::push:
        case op::pop:
        case op::next:
        case op::quiet_pop:
        case op::try_push:
        case op::try_pop:
        case op::close:
            return by_channel(w, s);
        default:
            return s.blocks.empty() ? leaf(w, s, e) : inner(w, s, e);
    }
}

struct ending {
    char kind;
    int value;
};

// In a handler.
inline ending what_was_thrown()
{
    try {
        throw;
    } catch (const canceled&) {
        return {'c', 0};
    } catch (const timed_out&) {
        return {'t', 0};
    } catch (const stopped&) {
        return {'s', 0};
    } catch (const thrown& t) {
        return {'e', t.id};
    } catch (const channel_closed&) {
        return {'x', 0};
    } catch (const deadlock&) {
        return {'d', 0};
    } catch (const disturbed&) {
        return {'m', 0};
    } catch (const std::bad_alloc&) {
        return {'a', 0};
    }
}

inline task<int> sequence(world& w, const block& b, const env* e)
{
    alive here;
    int value = 0;
    for (const statement& s : b) {
        try {
            int one = co_await any_statement(w, s, e);
            w.note(s.id, 'v', one);
            value = mixed(value, one);
        } catch (...) {
            ending end = what_was_thrown();
            w.note(s.id, end.kind, end.value);
            throw;
        }
    }
    co_return value;
}

}  // namespace real

#endif
