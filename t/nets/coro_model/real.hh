// Interprets a program with relev.hpp.

#ifndef REAL_HH
#define REAL_HH

#include "real_world.hh"

namespace real {

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
