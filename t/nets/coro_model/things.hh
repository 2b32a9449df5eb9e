// The model of what fibers wait for: channels, a mutex, events, tokens.

#ifndef THINGS_HH
#define THINGS_HH

#include <memory>
#include <set>

#include "machine.hh"

namespace model {

struct waiter {
    fiber* f;
    int value;
};
using waiters = std::list<waiter>;

// Waits in the list; a cancel takes it out.
inline void wait_in(machine& m, waiters& list, fiber& f, int value, next then)
{
    list.push_back({&f, value});
    auto here = std::prev(list.end());
    m.wait(
        f, [&list, here] { list.erase(here); }, std::move(then));
}

inline waiter taken(waiters& list)
{
    waiter first = list.front();
    list.pop_front();
    return first;
}

class channel {
public:
    explicit channel(unsigned capacity) : capacity_(capacity) {}

    bool try_push(machine& m, int value)
    {
        if (closed_) return false;
        if (!popping_.empty()) m.wake(*taken(popping_).f, {'v', value});
        else if (values_.size() < capacity_) values_.push_back(value);
        else return false;
        return true;
    }

    // x if it is closed and empty, w if it has to wait.
    out try_pop(machine& m)
    {
        if (values_.empty() && pushing_.empty())
            return {closed_ ? 'x' : 'w', 0};
        int value = values_.empty() ? pushed(m) : values_.front();
        if (values_.empty()) return {'v', value};
        values_.pop_front();
        if (!pushing_.empty()) values_.push_back(pushed(m));
        return {'v', value};
    }

    void push(machine& m, fiber& f, int value, next then)
    {
        if (f.inner->canceled()) then({'c', 0});
        else if (try_push(m, value)) then({'v', 0});
        else if (closed_) then({'x', 0});
        else wait_in(m, pushing_, f, value, std::move(then));
    }
    void pop(machine& m, fiber& f, next then)
    {
        if (f.inner->canceled()) return then({'c', 0});
        out now = try_pop(m);
        if (now.kind != 'w') then(now);
        else wait_in(m, popping_, f, 0, std::move(then));
    }
    void close(machine& m)
    {
        closed_ = true;
        while (!popping_.empty()) m.wake(*taken(popping_).f, {'x', 0});
        while (!pushing_.empty()) m.wake(*taken(pushing_).f, {'x', 0});
    }

private:
    int pushed(machine& m)
    {
        waiter first = taken(pushing_);
        m.wake(*first.f, {'v', 0});
        return first.value;
    }

    unsigned capacity_;
    bool closed_ = false;
    std::deque<int> values_;
    waiters pushing_, popping_;
};

class mutex {
public:
    void lock(machine& m, fiber& f, next then)
    {
        if (f.inner->canceled()) return then({'c', 0});
        if (!std::exchange(locked_, true)) return then({'v', 0});
        wait_in(m, waiting_, f, 0, std::move(then));
    }
    void unlock(machine& m)
    {
        if (waiting_.empty()) locked_ = false;
        else m.wake(*taken(waiting_).f, {'v', 0});
    }

private:
    bool locked_ = false;
    waiters waiting_;
};

class event {
public:
    void set(machine& m)
    {
        set_ = true;
        while (!waiting_.empty()) m.wake(*taken(waiting_).f, {'v', 0});
    }
    void wait(machine& m, fiber& f, next then)
    {
        if (f.inner->canceled()) return then({'c', 0});
        if (set_) return then({'v', 0});
        wait_in(m, waiting_, f, 0, std::move(then));
    }

private:
    bool set_ = false;
    waiters waiting_;
};

// A stop_source, and the scope of the with_stop that waits for it.
struct token {
    bool requested = false;
    std::list<scope*> inside = {};
    std::set<scope*> arrived = {};
};

}  // namespace model

#endif
