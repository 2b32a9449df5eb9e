// The model of a loop: fibers, scopes, the ready queue, timers and posts, in
// plain C++. A fiber continues by a function, so it is no more than its scopes
// and what it waits for.
//
// The order is that of relev.hpp: what another fiber or a cancel has woken runs
// in the order in which it was woken; a timer's fiber runs at once; who yields
// runs after all that.

#ifndef MACHINE_HH
#define MACHINE_HH

#include <algorithm>
#include <deque>
#include <functional>
#include <list>
#include <utility>

#include "program.hh"

namespace model {

// How a statement or a task ended: v value, c canceled, e error of `fail`,
// x closed, t timed out, s stopped.
struct out {
    char kind;
    int value;
};
using next = std::function<void(out)>;

struct fiber;

struct scope {
    bool shield = false, own = false;
    scope* outer = nullptr;
    fiber* owner = nullptr;  // null: it has ended
    std::list<fiber*> inside = {};

    // Canceled itself, or from outside up to the next shield.
    bool canceled() const
    {
        return own || (!shield && outer && outer->canceled());
    }
};

struct fiber {
    scope* inner;
    next then = nullptr;                   // continues when it has waited
    std::function<void()> undo = nullptr;  // what it waits for, forgotten
};

struct timer {
    long at;
    std::function<void()> fire;
    long began;
    bool due = false;  // in this iteration
};

class machine {
public:
    trace seen;
    long clock = 0, iteration = 0;  // ticks: true time, and ev_now
    bool ambiguous = false;         // the order is not determined
    int unhandled = 0;

    // The fiber waits; a cancel calls undo.
    void wait(fiber& f, std::function<void()> undo, next then)
    {
        f.undo = std::move(undo);
        f.then = std::move(then);
    }
    void wake(fiber& f, out o)
    {
        f.undo = nullptr;
        ready_.push_back({&f, o});
    }
    void wake_last(fiber& f) { later_.push_back({&f, {'v', 0}}); }

    void cancel(scope& s)
    {
        if (s.own || !s.owner) return;
        s.own = true;
        interrupt_group(s);
        interrupt(*s.owner, &s);
    }

    scope& enter(fiber& f, bool shield = false)
    {
        scopes_.push_back({shield, false, f.inner, &f});
        return *(f.inner = &scopes_.back());
    }
    // Whether its own cancel, and no other, is what ended it.
    bool leave(scope& s)
    {
        s.owner->inner = s.outer;
        s.owner = nullptr;
        return s.own && !(s.outer && s.outer->canceled());
    }
    fiber& make_fiber(scope& s)
    {
        fibers_.push_back({&s});
        s.inside.push_back(&fibers_.back());
        return fibers_.back();
    }

    using timer_at = std::list<timer>::iterator;
    timer_at start(long at, std::function<void()> fire)
    {
        timers_.push_back({at, std::move(fire), clock});
        return std::prev(timers_.end());
    }
    void stop(timer_at t) { timers_.erase(t); }

    void post(std::function<void()> f) { posts_.push_back(std::move(f)); }
    bool stopping = false;  // loop::stop
    bool broken = false;    // ev_break
    int stuck = 0;          // how often the loop would have waited for ever
    int held = 0;           // with_stop whose token was not stopped

    void drain()
    {
        while (!ready_.empty()) {
            auto [f, o] = ready_.front();
            ready_.pop_front();
            resume(*f, o);
        }
    }

    // What is left of a run does not continue.
    void forget()
    {
        ready_.clear(), later_.clear(), timers_.clear();
        for (scope& s : scopes_) s.owner = nullptr;
    }

    // What is ready, without the kernel.
    void finish()
    {
        for (drain(); !later_.empty(); drain()) ready_.swap(later_);
    }

    // False if nothing can wake anybody. `stop_all` is what stop does.
    bool iterate(const std::function<void()>& stop_all)
    {
        bool yielded = !later_.empty(), soon = stopping || !posts_.empty();
        if (!soon && !yielded) {
            if (timers_.empty() && !held) return false;
            if (timers_.empty()) return nobody_comes(), true;
            // It is due when it is past.
            if (earliest()->at > clock) clock = earliest()->at + 1;
        }
        iteration = clock;
        for (timer& t : timers_) {
            t.due = t.at <= iteration;
            if (t.at == iteration && t.began < iteration) ambiguous = true;
        }
        if (std::exchange(stopping, false)) stop_all();
        for (auto& f : std::exchange(posts_, {})) f();
        drain();
        for (; earliest_due() != timers_.end(); drain()) fire();
        if (yielded) ready_.swap(later_), drain();
        return true;
    }

    bool is_posted() const { return stopping || !posts_.empty(); }
    bool has_work() const
    {
        return !later_.empty() || !timers_.empty() || held;
    }

private:
    struct woken {
        fiber* f;
        out o;
    };

    void resume(fiber& f, out o)
    {
        next then = std::move(f.then);
        f.then = nullptr;
        then(o);
    }

    // What waits inside: which of several is woken first is not promised, but
    // what comes after depends on it.
    void interrupt_group(scope& s)
    {
        for (fiber* child : std::list<fiber*>(s.inside)) interrupt(*child, &s);
    }
    void interrupt(fiber& f, scope* end)
    {
        for (scope* s = f.inner; s != end; s = s->outer) interrupt_group(*s);
        if (!f.undo || !f.inner->canceled()) return;
        std::exchange(f.undo, nullptr)();
        ready_.push_back({&f, {'c', 0}});
    }

    // What the driver does then: it stops the loop, and if that does not help
    // (a shield), fails.
    void nobody_comes()
    {
        if (!stuck++) stopping = true;
    }

    timer_at earliest()
    {
        return std::min_element(
            timers_.begin(), timers_.end(),
            [](const timer& a, const timer& b) { return a.at < b.at; });
    }
    timer_at earliest_due()
    {
        timer_at first = timers_.end();
        for (timer_at t = timers_.begin(); t != timers_.end(); ++t)
            if (t->due && (first == timers_.end() || t->at < first->at))
                first = t;
        return first;
    }

    // Its fiber runs at once.
    void fire()
    {
        timer_at t = earliest_due();
        for (const timer& other : timers_)
            if (&other != &*t && other.due && other.at == t->at)
                ambiguous = true;
        auto f = std::move(t->fire);
        timers_.erase(t);
        f();
    }

    std::deque<fiber> fibers_;
    std::deque<scope> scopes_;
    std::deque<woken> ready_, later_;
    std::list<timer> timers_;
    std::vector<std::function<void()>> posts_;
};

}  // namespace model

#endif
