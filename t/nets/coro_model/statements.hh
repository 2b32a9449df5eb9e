// What each statement of a program does, on the model.

#ifndef STATEMENTS_HH
#define STATEMENTS_HH

#include "model.hh"

namespace model {

inline void interpreter::leaf(fiber& f, const statement& s, env* e, next k)
{
    switch (s.what) {
        case op::sleep:
            return sleep(f, m.clock + ticks(s), k);
        case op::quiet_sleep:
            return sleep(f, m.clock + ticks(s), [k](out o) {
                k({'v', o.kind == 'c'});
            });
        case op::yield:
            if (f.inner->canceled()) return k({'c', 0});
            f.then = k;
            return m.wake_last(f);
        case op::work:
            m.clock += ticks(s);
            return k({'v', 0});
        case op::fail:
            return k({'e', s.id});
        case op::request:
            request(tokens_[s.at % token_count]);
            return k({'v', 0});
        case op::cancel:
            m.cancel(*above(e, s.at)->n->s);
            return k({'v', 0});
        default:
            thing(f, s, k);
    }
}

inline void interpreter::thing(fiber& f, const statement& s, next k)
{
    channel& c = channels_[s.at % channel_count];
    event& happens = events_[s.at % event_count];
    switch (s.what) {
        case op::push:
            return c.push(m, f, s.id, k);
        case op::pop:
            return c.pop(m, f, k);
        case op::next:
            return c.pop(m, f, [k](out o) {
                k({o.kind == 'c' ? 'c' : 'v', o.kind == 'v' ? o.value + 1 : 0});
            });
        case op::quiet_pop:
            return c.pop(m, f, [k](out o) {
                k({'v', o.kind == 'c' ? 1 : o.kind == 'x' ? 2 : o.value + 3});
            });
        case op::try_push:
            return k({'v', c.try_push(m, s.id)});
        case op::try_pop: {
            out o = c.try_pop(m);
            return k({'v', o.kind == 'v' ? o.value + 1 : 0});
        }
        case op::close:
            c.close(m);
            return k({'v', 0});
        case op::set:
            happens.set(m);
            return k({'v', 0});
        default:
            happens.wait(m, f, k);
    }
}

// What nothrow makes of it.
inline int quietly(out o)
{
    switch (o.kind) {
        case 'v':
            return o.value + 5;
        case 'c':
        case 's':
            return 1;
        case 't':
            return 3;
        default:
            return 4;
    }
}

inline void interpreter::inner(fiber& f, const statement& s, env* e, next k)
{
    const block& b = s.blocks[0];
    switch (s.what) {
        case op::acquire:
            return mutex_.lock(m, f, [=, this, &f, &b](out o) {
                if (o.kind == 'c') return k(o);
                sequence(f, b, 0, 0, e, [this, k](out left) {
                    mutex_.unlock(m);
                    k(left);
                });
            });
        case op::shield: {
            scope& shield = m.enter(f, true);
            return sequence(f, b, 0, 0, e, [this, &shield, k](out o) {
                m.leave(shield);
                k(o);
            });
        }
        case op::quiet:
            return sequence(f, b, 0, 0, e, [k](out o) {
                k({'v', quietly(o)});
            });
        case op::rescue:
            return sequence(f, b, 0, 0, e, [k](out o) {
                k(failed(o) ? out{'v', 7} : o);
            });
        case op::mop_up:
            return sequence(f, b, 0, 0, e, [=, this, &f, &s](out o) {
                if (o.kind != 'c') return k(o);
                scope& shield = m.enter(f, true);
                sequence(f, s.blocks[1], 0, 0, e, [=, this, &shield](out end) {
                    m.leave(shield);
                    k(failed(end) ? end : o);
                });
            });
        case op::with_stop:
            return stoppable(f, s, e, k);
        case op::all:
        case op::any:
            return group(f, s, e, k);
        case op::nursery:
            return open(f, s, e, k);
        case op::spawn:
            spawn(s, e);
            return k({'v', 0});
        default:
            limited(f, s, e, k);
    }
}

inline void interpreter::limited(fiber& f, const statement& s, env* e, next k)
{
    scope& limit = m.enter(f);
    auto fired = std::make_shared<bool>(false);
    auto t = m.start(m.iteration + ticks(s), [this, &limit, fired] {
        *fired = true;
        m.cancel(limit);
    });
    auto then = [=, this, &limit, what = s.what](out o) {
        bool expired = m.leave(limit) && o.kind == 'c';
        if (!*fired) m.stop(t);
        if (expired) o = {'t', 0};
        if (what == op::quiet_timeout) return k({'v', quietly(o)});
        if (what == op::attempt && o.kind == 'v') ++o.value;
        if (what == op::attempt && expired) o = {'v', 0};
        k(o);
    };
    sequence(f, s.blocks[0], 0, 0, e, then);
}

// A request comes by post. Until then it keeps the loop running.
inline void interpreter::stoppable(fiber& f, const statement& s, env* e, next k)
{
    token& t = tokens_[s.at % token_count];
    scope& inside = m.enter(f);
    t.inside.push_back(&inside);
    ++m.held;
    if (t.requested) stop_soon(t, inside);
    sequence(f, s.blocks[0], 0, 0, e, [=, this, &t, &inside](out o) {
        if (m.leave(inside) && o.kind == 'c') o = {'s', 0};
        if (!t.arrived.count(&inside)) --m.held;
        t.inside.remove(&inside);
        k(o);
    });
}

inline void interpreter::request(token& t)
{
    if (std::exchange(t.requested, true)) return;
    if (t.inside.size() > 1) m.ambiguous = true;  // callbacks have no order
    for (scope* s : t.inside) stop_soon(t, *s);
}

inline void interpreter::stop_soon(token& t, scope& s)
{
    m.post([this, &s, &t] {
        if (!s.owner) return;
        t.arrived.insert(&s), --m.held;
        m.cancel(s);
    });
}

inline void interpreter::group(fiber& f, const statement& s, env* e, next k)
{
    size_t size = s.blocks.size();
    scope& inside = m.enter(f);
    races_.push_back({s.what == op::any, &inside, &f, {}});
    race& r = races_.back();
    r.left.resize(size, {'n', 0});
    for (size_t i = 0; i < size && !inside.own; ++i) {
        fiber& child = m.make_fiber(inside);
        ++r.running;
        sequence(child, s.blocks[i], 0, 0, e,
                 [=, this, &r, &child](out o) { group_ended(r, i, child, o); });
    }
    if (!r.running) return m.leave(inside), group_result(r, k);
    r.joining = true;
    m.wait(f, nullptr, [this, &r, k](out) { group_result(r, k); });
}

inline void interpreter::group_ended(race& r, size_t i, fiber& f, out o)
{
    r.s->inside.remove(&f);
    --r.running;
    r.left[i] = o;
    if (failed(o)) note_error(r, o);
    if (o.kind == 'v' && r.winner < 0) r.winner = int(i);
    if (o.kind == 'v' && r.one_is_enough) m.cancel(*r.s);
    if (r.running || !r.joining) return;
    m.leave(*r.s);
    m.wake(*r.owner, {'v', 0});
}

inline void interpreter::group_result(race& r, const next& k)
{
    if (r.error.kind != 'v') return k(r.error);
    int value = r.one_is_enough ? r.winner + 1 : 0;
    bool complete = !r.one_is_enough || r.winner >= 0;
    for (out o : r.left) {
        if (o.kind != 'v' && !r.one_is_enough) complete = false;
        value = mixed(value, o.kind == 'v' ? o.value + 1 : 0);
    }
    k(complete ? out{'v', value} : out{'c', 0});
}

inline void interpreter::open(fiber& f, const statement& s, env* e, next k)
{
    nurseries_.push_back({&m.enter(f)});
    nursery& n = nurseries_.back();
    n.owner = &f;
    envs_.push_back({&n, e});
    sequence(f, s.blocks[0], 0, 0, &envs_.back(), [this, &n, k](out o) {
        if (o.kind == 'c') n.incomplete = true, m.cancel(*n.s);
        if (failed(o)) note_error(n, o);
        join(n, k);
    });
}

inline void interpreter::join(nursery& n, const next& k)
{
    if (!n.s->inside.empty()) {
        n.joining = true;
        return m.wait(*n.owner, nullptr, [this, &n, k](out) { join(n, k); });
    }
    bool own = m.leave(*n.s);
    if (n.error.kind != 'v') return k(n.error);
    k({n.incomplete && !own ? 'c' : 'v', 0});
}

inline void interpreter::spawn(const statement& s, env* e)
{
    env* there = above(e, s.at);
    nursery& n = *there->n;
    fiber& child = m.make_fiber(*n.s);
    auto ended = [this, &n, &child](out o) {
        n.s->inside.remove(&child);
        if (o.kind == 'c') n.incomplete = true;
        if (failed(o)) note_error(n, o);
        if (!n.s->inside.empty() || !std::exchange(n.joining, false)) return;
        m.wake(*n.owner, {'v', 0});
    };
    m.wait(child, nullptr, [this, &child, &s, there, ended](out) {
        sequence(child, s.blocks[0], 0, 0, there, ended);
    });
    m.wake(child, {'v', 0});
}

}  // namespace model

#endif
