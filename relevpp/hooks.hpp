// The watcher classes without arguments, on_async, and on_embed.

#ifndef RELEVPP_HOOKS_HPP
#define RELEVPP_HOOKS_HPP

#include "detail/watcher.hpp"

namespace relev {

// There is nothing else to do. The loop never blocks while one is active.
template <class F>
class on_idle : public detail::basic_watcher<on_idle<F>, ev_idle, F> {
public:
    on_idle(loop& l, F f)
        : detail::basic_watcher<on_idle, ev_idle, F>(l, std::move(f))
    {
        this->check_closure();
        this->start();
    }

private:
    friend detail::basic_watcher<on_idle, ev_idle, F>;
    void deliver(int) { detail::call_with(this->f_, *this); }
};

// The loop is about to wait.
template <class F>
class on_prepare : public detail::basic_watcher<on_prepare<F>, ev_prepare, F> {
public:
    on_prepare(loop& l, F f)
        : detail::basic_watcher<on_prepare, ev_prepare, F>(l, std::move(f))
    {
        this->check_closure();
        this->start();
    }

private:
    friend detail::basic_watcher<on_prepare, ev_prepare, F>;
    void deliver(int) { detail::call_with(this->f_, *this); }
};

// The loop has waited.
template <class F>
class on_check : public detail::basic_watcher<on_check<F>, ev_check, F> {
public:
    on_check(loop& l, F f)
        : detail::basic_watcher<on_check, ev_check, F>(l, std::move(f))
    {
        this->check_closure();
        this->start();
    }

private:
    friend detail::basic_watcher<on_check, ev_check, F>;
    void deliver(int) { detail::call_with(this->f_, *this); }
};

// The loop runs in a forked child now.
template <class F>
class on_fork : public detail::basic_watcher<on_fork<F>, ev_fork, F> {
public:
    on_fork(loop& l, F f)
        : detail::basic_watcher<on_fork, ev_fork, F>(l, std::move(f))
    {
        this->check_closure();
        this->start();
    }

private:
    friend detail::basic_watcher<on_fork, ev_fork, F>;
    void deliver(int) { detail::call_with(this->f_, *this); }
};

// The loop is being destroyed.
template <class F>
class on_cleanup : public detail::basic_watcher<on_cleanup<F>, ev_cleanup, F> {
public:
    on_cleanup(loop& l, F f)
        : detail::basic_watcher<on_cleanup, ev_cleanup, F>(l, std::move(f))
    {
        this->check_closure();
        this->start();
    }

private:
    friend detail::basic_watcher<on_cleanup, ev_cleanup, F>;
    void deliver(int) { detail::call_with(this->f_, *this); }
};

// send was called, from any thread or signal handler. Several sends may cause
// one call.
template <class F>
class on_async : public detail::basic_watcher<on_async<F>, ev_async, F> {
public:
    on_async(loop& l, F f)
        : detail::basic_watcher<on_async, ev_async, F>(l, std::move(f))
    {
        this->check_closure();
        this->start();
    }

    void send() noexcept { ev_async_send(this->loop_.raw(), this->raw()); }

private:
    friend detail::basic_watcher<on_async, ev_async, F>;
    void deliver(int) { detail::call_with(this->f_, *this); }
};

// The other loop, whose backend must be embeddable, has work: call sweep.
template <class F>
class on_embed : public detail::basic_watcher<on_embed<F>, ev_embed, F> {
public:
    on_embed(loop& l, loop& inner, F f)
        : detail::basic_watcher<on_embed, ev_embed, F>(l, std::move(f))
    {
        this->check_closure();
        this->other = inner.raw();
        this->start();
    }

    // Handles the events of the other loop, without waiting.
    void sweep() { ev_embed_sweep(this->loop_.raw(), this->raw()); }

private:
    friend detail::basic_watcher<on_embed, ev_embed, F>;
    void deliver(int) { detail::call_with(this->f_, *this); }
};

}  // namespace relev

#endif
