// Interprets a program on the model.

#ifndef MODEL_HH
#define MODEL_HH

#include "things.hh"

namespace model {

struct nursery {
    scope* s;
    out error = {'v', 0};     // the first one
    bool incomplete = false;  // a task of it was canceled
    bool joining = false;
    fiber* owner = nullptr;
};

// The nurseries that a statement sees, the innermost first.
struct env {
    nursery* n;
    env* outer;
};

struct race {
    bool one_is_enough;
    scope* s;
    fiber* owner;
    std::vector<out> left;
    int running = 0, winner = -1;
    bool joining = false;
    out error = {'v', 0};
};

class interpreter {
public:
    // All runs of a program.
    std::string play(const program& p)
    {
        for (const one_run& r : p.runs) play(r);
        if (!p.counts_unhandled) m.unhandled = 0;
        m.seen.text += "unhandled " + std::to_string(m.unhandled);
        return m.seen.text;
    }
    machine m;

private:
    static bool failed(out o) { return o.kind != 'v' && o.kind != 'c'; }

    void play(const one_run& r)
    {
        how_ = &r, first_step_ = m.seen.steps, failure_ = leaving_ = false;
        for (int i = 0; i < channel_count; ++i)
            channels_[i] = channel(unsigned(i));
        mutex_ = {}, m.held = m.stuck = 0, m.broken = m.stopping = false;
        for (auto& e : events_) e = {};
        for (auto& t : tokens_) t = {};
        disturb_later(r);
        m.clock += 500 * ticks_per_second;  // in which the loop does not run
        m.iteration = m.clock;

        scope& root = (roots_.push_back({}), roots_.back());
        fiber& f = m.make_fiber(root);
        root.owner = &f, root.inside.clear();
        out result = {'d', 0};
        bool ended = false;
        m.wait(f, nullptr, [&](out) {
            sequence(f, r.root, 0, 0, nullptr,
                     [&](out o) { result = o, ended = true; });
        });
        m.wake(f, {'v', 0});
        m.drain();
        for (bool stuck = false; !ended && !failure_ && !stuck;) {
            bool stopped = std::exchange(m.broken, false);
            if (stopped) m.cancel(root), m.drain();
            if (ended) break;
            m.iterate([&] { m.cancel(root); });
            stuck = !m.has_work() && !m.is_posted();
            if (m.stuck > 1) failure_ = true;
        }
        leaving_ = true;
        if (!ended) m.cancel(root), m.finish(), result = {'d', 0};
        if (failure_) result = {'m', 0};
        m.forget();
        m.seen.note(0, result.kind, result.value);
    }

    void disturb_later(const one_run& r)
    {
        if (r.how < end::stop_at) return;
        m.start(m.clock + r.when * ticks_per_second, [this, how = r.how] {
            if (how == end::stop_at) m.stopping = true;
            if (how == end::raise_at) failure_ = true;
            if (how == end::break_at) m.broken = true;
        });
    }

    void note(int id, out o)
    {
        bool now = m.seen.steps - first_step_ == how_->when;
        m.seen.note(id, o.kind, o.kind == 'v' || o.kind == 'e' ? o.value : 0);
        if (!now) return;
        if (how_->how == end::stop) m.stopping = true;
        if (how_->how != end::raise) return;
        if (leaving_) m.ambiguous = true;
        failure_ = true;
    }

    void sequence(fiber& f, const block& b, size_t i, int value, env* e, next k)
    {
        if (i == b.size()) return k({'v', value});
        const statement& s = b[i];
        auto then = [this, &f, &b, i, value, e, k, id = s.id](out o) {
            note(id, o);
            if (o.kind != 'v') return k(o);
            sequence(f, b, i + 1, mixed(value, o.value), e, k);
        };
        if (s.what < op::acquire) leaf(f, s, e, then);
        else inner(f, s, e, then);
    }

    void sleep(fiber& f, long until, next k)
    {
        if (f.inner->canceled()) return k({'c', 0});
        m.iteration = m.clock;  // a sleep updates ev_now
        auto t = m.start(until, [&f] {
            f.undo = nullptr;
            std::exchange(f.then, nullptr)({'v', 0});
        });
        m.wait(
            f, [this, t] { m.stop(t); }, std::move(k));
    }

    void leaf(fiber& f, const statement& s, env* e, next k);
    void thing(fiber& f, const statement& s, next k);
    void inner(fiber& f, const statement& s, env* e, next k);
    void limited(fiber& f, const statement& s, env* e, next k);
    void stoppable(fiber& f, const statement& s, env* e, next k);
    void request(token& t);
    void stop_soon(token& t, scope& s);
    void group(fiber& f, const statement& s, env* e, next k);
    void group_ended(race& r, size_t i, fiber& f, out o);
    void group_result(race& r, const next& k);
    void open(fiber& f, const statement& s, env* e, next k);
    void join(nursery& n, const next& k);
    void spawn(const statement& s, env* e);

    template <class G>
    void note_error(G& g, out o)
    {
        if (g.error.kind == 'v') g.error = o;
        else ++m.unhandled;
        m.cancel(*g.s);
    }
    static env* above(env* e, int levels)
    {
        while (levels--) e = e->outer;
        return e;
    }

    const one_run* how_ = nullptr;
    int first_step_ = 0;
    bool failure_ = false, leaving_ = false;
    channel channels_[channel_count] = {channel(0), channel(1), channel(2)};
    mutex mutex_;
    event events_[event_count];
    token tokens_[token_count];
    std::deque<scope> roots_;
    std::deque<nursery> nurseries_;
    std::deque<env> envs_;
    std::deque<race> races_;
};

}  // namespace model

#endif
