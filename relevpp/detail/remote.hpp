// The fibers that belong to a loop, and to no task: those of run(task), and
// tasks that another loop waits for. And the way to a loop for other threads.

#ifndef RELEVPP_DETAIL_REMOTE_HPP
#define RELEVPP_DETAIL_REMOTE_HPP

#include <pthread.h>

#include <memory>

#include "scheduler.hpp"

namespace relev::detail {

// An ev_async that keeps no loop running.
inline void async_start(struct ev_loop* raw, ev_async& w) noexcept
{
    w.sent = 0;
    ev_async_start(raw, &w);
    ev_unref(raw);
}
inline void async_stop(struct ev_loop* raw, ev_async& w) noexcept
{
    ev_ref(raw);
    ev_async_stop(raw, &w);
}

// A loop that is passed to a function with any number of arguments, and where.
struct loop_at {
    loop_at(loop& there, place where = place::here()) noexcept
        : l(there), at(where)
    {
    }
    loop& l;
    place at;
};

struct message_tag;

// A part of an object that two loops use. Sending it allocates nothing, so it
// cannot fail.
class message : public hook<message_tag> {
public:
    virtual void arrive() noexcept = 0;  // in the thread of the loop

protected:
    ~message() = default;
};

// What a loop does with tasks that other threads start on it: before its first
// run, and when a run(flags) has ended, it keeps them for the next run.
enum class starts : unsigned char { kept, run, refused };

// The messages to a loop. Who sends one shares the gate with the loop, which
// may be destroyed first. <mutex> would cost every user a tenth of the compile
// time.
class gate : pinned {
public:
    // From any thread. False if the loop was destroyed.
    bool send(message& m) noexcept
    {
        locked here(lock_);
        return raw_ && push(m);
    }

    // The same, of the start of a task; also false if the loop refuses them.
    bool send_start(message& m) noexcept
    {
        locked here(lock_);
        return takes_ != starts::refused && push(m);
    }

    // From any thread. True if it was sent to a loop that does not run, and now
    // never arrives.
    bool take_back(message& m) noexcept
    {
        locked here(lock_);
        if (takes_ != starts::kept || !m.is_linked()) return false;
        m.unlink();
        return true;
    }

    // The rest is for the thread of the loop.
    void attach(struct ev_loop* raw, ev_async& wake) noexcept
    {
        raw_ = raw;
        wake_ = &wake;
    }

    // The loop is destroyed.
    void detach() noexcept
    {
        locked here(lock_);
        takes_ = starts::refused;
        raw_ = nullptr;
    }

    starts takes() const noexcept { return takes_; }
    void set(starts takes) noexcept
    {
        locked here(lock_);
        takes_ = takes;
    }

    // Delivers what was sent, each after a call of `before`.
    template <class F>
    void receive(F before) noexcept
    {
        while (message* m = next()) {
            before();
            m->arrive();
        }
    }
    void receive() noexcept
    {
        receive([] {});
    }

    // What was sent, and has not arrived, never does.
    void forget(message& m) noexcept
    {
        locked here(lock_);
        m.unlink();
    }

    bool has_messages() noexcept
    {
        locked here(lock_);
        return !sent_.empty();
    }

private:
    class locked : pinned {
    public:
        explicit locked(pthread_mutex_t& lock) noexcept : lock_(lock)
        {
            pthread_mutex_lock(&lock_);
        }
        ~locked() { pthread_mutex_unlock(&lock_); }

    private:
        pthread_mutex_t& lock_;
    };

    bool push(message& m) noexcept
    {
        sent_.push_back(m);
        ev_async_send(raw_, wake_);
        return true;
    }

    message* next() noexcept
    {
        locked here(lock_);
        return sent_.empty() ? nullptr : &sent_.pop_front();
    }

    pthread_mutex_t lock_ = PTHREAD_MUTEX_INITIALIZER;
    list<message, message_tag> sent_;
    struct ev_loop* raw_ = nullptr;  // null if the loop was destroyed
    ev_async* wake_ = nullptr;
    starts takes_ = starts::kept;
};

class outermost : public fiber {
public:
    // Cancels the task.
    void stop() noexcept { scope_.cancel(); }
    bool stopped() const noexcept { return scope_.own; }

    virtual void destroy() noexcept = 0;

protected:
    outermost(loop& l, scheduler& s) noexcept
        : fiber(l, s, scope_), scope_(scope_kind::root, place{"", 0})
    {
        scope_.owner = this;
    }
    ~outermost() { scope_.owner = nullptr; }

private:
    scope scope_;
};

// A task on a loop that another loop waits for.
class remote : public outermost {
protected:
    explicit remote(loop& l) noexcept;
    ~remote();
};

// The tasks on a loop that other threads wait for, and their messages.
class guests : pinned {
public:
    guests(std::shared_ptr<gate> in, scheduler& s) noexcept
        : sched_(s), gate_(std::move(in))
    {
    }

    // From any thread.
    const std::shared_ptr<gate>& way_in() const noexcept { return gate_; }

    void add(outermost& g) noexcept { remotes_.push_back(g); }

    // Who waits for the last one is in ev_run.
    void remove(outermost& g) noexcept
    {
        static_cast<hook<sibling_tag>&>(g).unlink();
        if (remotes_.empty() && are_refused())
            ev_break(sched_.raw(), EVBREAK_ONE);
    }

    // The loop is destroyed.
    void end() noexcept
    {
        gate_->detach();
        gate_->receive();
        destroy();
    }

    bool are_refused() const noexcept
    {
        return gate_->takes() == starts::refused;
    }

    // From now on those that come are refused, and the others canceled.
    void refuse() noexcept
    {
        gate_->set(starts::refused);
        gate_->receive();
        stop();
    }

    // They are canceled, and destroyed if they still wait then.
    void destroy() noexcept
    {
        if (remotes_.empty()) return;
        sched_.finish([this] { stop(); });
        while (!remotes_.empty())
            static_cast<outermost&>(remotes_.front()).destroy();
    }

    bool empty() const noexcept { return remotes_.empty(); }

    template <class F>
    void each(F f) const
    {
        remotes_.each(f);
    }

private:
    void stop() noexcept
    {
        remotes_.each([](fiber& g) { static_cast<outermost&>(g).stop(); });
    }

    scheduler& sched_;
    const std::shared_ptr<gate> gate_;
    mutable list<fiber, sibling_tag> remotes_;
};

}  // namespace relev::detail

#endif
