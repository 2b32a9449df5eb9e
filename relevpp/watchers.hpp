// The watcher classes: on_io, on_timer and one for each other kind of ev.h.
//
// The function object may take the watcher itself by reference as its first
// argument, then what its kind delivers; it may leave out either. It may throw:
// loop::run throws the exception again. It must not destroy its own watcher.
// A watcher that could never be called is refused: see man 3 relev_callbacks.

#ifndef RELEVPP_WATCHERS_HPP
#define RELEVPP_WATCHERS_HPP

#include "detail/watcher.hpp"

namespace relev {

// A descriptor is ready. Delivers the events.
template <class F>
class on_io : public detail::basic_watcher<on_io<F>, ev_io, F> {
public:
    on_io(loop& l, int file, relev::events mask, F f)
        : detail::basic_watcher<on_io, ev_io, F>(l, std::move(f))
    {
        this->template check_closure<relev::events>();
        this->ev_io::fd = file;
        this->ev_io::events = static_cast<int>(mask) | EV__IOFDSET;
        this->start();
    }

    int fd() const noexcept { return this->ev_io::fd; }

    // Changes the event mask.
    void set(relev::events mask) noexcept
    {
        this->stop();
        ev_io_modify(this->raw(), static_cast<int>(mask));
        this->start();
    }

private:
    friend detail::basic_watcher<on_io, ev_io, F>;
    void deliver(int got)
    {
        detail::call_with(this->f_, *this, static_cast<relev::events>(got));
    }
};

// Time has passed: once, or again and again.
template <class F>
class on_timer : public detail::basic_watcher<on_timer<F>, ev_timer, F> {
public:
    template <duration D>
    on_timer(loop& l, D after, F f)
        : detail::basic_watcher<on_timer, ev_timer, F>(l, std::move(f))
    {
        this->check_closure();
        begin(seconds_of(after), 0);
    }

    template <duration D, duration R>
    on_timer(loop& l, D after, R every, F f)
        : detail::basic_watcher<on_timer, ev_timer, F>(l, std::move(f))
    {
        this->check_closure();
        begin(seconds_of(after), seconds_of(every));
    }

    // Starts it again, from now on.
    template <duration D>
    void start(D after) noexcept
    {
        this->stop();
        this->at = seconds_of(after);
        basic::start();
    }

    // As ev_timer_again: puts the next expiry off by the repeat value.
    void again() noexcept { ev_timer_again(this->loop_.raw(), this->raw()); }

private:
    using basic = detail::basic_watcher<on_timer, ev_timer, F>;
    friend basic;
    void begin(ev_tstamp after, ev_tstamp every)
    {
        this->at = after;
        this->repeat = every;
        this->start_or_throw("on_timer");
    }
    void deliver(int) { detail::call_with(this->f_, *this); }
};

// A point in wall-clock time: at offset, or at every offset + N * interval.
template <class F>
class on_periodic
    : public detail::basic_watcher<on_periodic<F>, ev_periodic, F> {
public:
    template <duration D>
    on_periodic(loop& l, D first, D every, F f)
        : detail::basic_watcher<on_periodic, ev_periodic, F>(l, std::move(f))
    {
        this->check_closure();
        begin(seconds_of(first), seconds_of(every));
    }

    template <time_point P>
    on_periodic(loop& l, P when, F f)
        : detail::basic_watcher<on_periodic, ev_periodic, F>(l, std::move(f))
    {
        this->check_closure();
        static_assert(!P::clock::is_steady, "a periodic uses the system clock");
        begin(seconds_of(when.time_since_epoch()), 0);
    }

private:
    friend detail::basic_watcher<on_periodic, ev_periodic, F>;
    void begin(ev_tstamp first, ev_tstamp every)
    {
        this->offset = first;
        this->interval = every;
        this->reschedule_cb = nullptr;
        this->start_or_throw("on_periodic");
    }
    void deliver(int) { detail::call_with(this->f_, *this); }
};

// A signal was received. Delivers its number.
template <class F>
class on_signal : public detail::basic_watcher<on_signal<F>, ev_signal, F> {
public:
    on_signal(loop& l, int number, F f)
        : detail::basic_watcher<on_signal, ev_signal, F>(l, std::move(f))
    {
        this->template check_closure<int>();
        this->signum = number;
        this->start_or_throw("on_signal");
    }

private:
    friend detail::basic_watcher<on_signal, ev_signal, F>;
    void deliver(int) { detail::call_with(this->f_, *this, this->signum); }
};

// A process ended; the watcher is stopped then. Delivers its status. Only in
// the default loop.
template <class F>
class on_child : public detail::basic_watcher<on_child<F>, ev_child, F> {
public:
    on_child(loop& l, int process, F f)
        : detail::basic_watcher<on_child, ev_child, F>(l, std::move(f))
    {
        this->template check_closure<int>();
        this->pid = process;
        this->flags = 0;
        this->start_or_throw("on_child");
    }

private:
    friend detail::basic_watcher<on_child, ev_child, F>;
    void deliver(int)
    {
        if (this->pid) this->stop();
        detail::call_with(this->f_, *this, this->rstatus);
    }
};

// The attributes of a file changed. Delivers them; st_nlink is 0 if there is no
// file. The path must outlive the watcher.
template <class F>
class on_stat : public detail::basic_watcher<on_stat<F>, ev_stat, F> {
public:
    on_stat(loop& l, const char* file, F f)
        : detail::basic_watcher<on_stat, ev_stat, F>(l, std::move(f))
    {
        this->template check_closure<const ev_statdata&>();
        this->path = file;
        this->interval = 0;
        this->wd = -2;
        this->start();
    }

    const ev_statdata& before() const noexcept { return this->prev; }

private:
    friend detail::basic_watcher<on_stat, ev_stat, F>;
    void deliver(int)
    {
        detail::call_with<F, on_stat, const ev_statdata&>(this->f_, *this,
                                                          this->attr);
    }
};

}  // namespace relev

#include "hooks.hpp"

#endif
