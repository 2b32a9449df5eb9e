// Messages that other threads send to a loop, and its gate, by which they come.
//
// A fork waits for the gates: in the child none is locked by a thread that is
// gone, and no list is half changed.

#ifndef RELEVPP_DETAIL_GATE_HPP
#define RELEVPP_DETAIL_GATE_HPP

#include <pthread.h>

#include <atomic>
#include <system_error>

#include "errors.hpp"
#include "held.hpp"
#include "list.hpp"

namespace relev::detail {

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

class gate;

// All gates of the process, in a list.
inline pthread_mutex_t gates_lock = PTHREAD_MUTEX_INITIALIZER;
inline gate* gates = nullptr;

inline int note_gate_forks() noexcept;

// The messages to a loop. Who sends one shares the gate with the loop, which
// may be destroyed first. <mutex> would cost every user a tenth of the compile
// time.
class gate : pinned {
public:
    gate()
    {
        if (int error = note_gate_forks())
            raise(std::system_error(error, std::generic_category(), "loop"));
        locked here(gates_lock);
        after_ = gates;
        if (after_) after_->before_ = &after_;
        gates = this;
    }
    ~gate()
    {
        locked here(gates_lock);
        *before_ = after_;
        if (after_) after_->before_ = before_;
    }

    // Its holders. See held.
    void hold() noexcept { held_.fetch_add(1, std::memory_order_relaxed); }
    void drop() noexcept
    {
        if (held_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
    }

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
    friend int note_gate_forks() noexcept;

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

    static void lock_all() noexcept
    {
        pthread_mutex_lock(&gates_lock);
        for (gate* g = gates; g; g = g->after_) pthread_mutex_lock(&g->lock_);
    }
    static void unlock_all() noexcept
    {
        for (gate* g = gates; g; g = g->after_) pthread_mutex_unlock(&g->lock_);
        pthread_mutex_unlock(&gates_lock);
    }

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
    std::atomic<int> held_{1};
    gate* after_;
    gate** before_ = &gates;
};

// Returns the error, if any.
inline int note_gate_forks() noexcept
{
    static const int error =
        pthread_atfork(gate::lock_all, gate::unlock_all, gate::unlock_all);
    return error;
}

}  // namespace relev::detail

#endif
