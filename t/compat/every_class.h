/* Uses every class, method and function of ev++.h, in C++98. It is compiled,
 * never run.
 */
#include "ev++.h"

#include <signal.h>

template <class Watcher>
struct Handler {
    void with_arguments(Watcher& w, int revents) { w.feed_event(revents); }
    void without_arguments() {}
    void operator()(Watcher& w, int revents) { w.feed_event(revents); }
    static void function(Watcher& w, int revents) { w.feed_event(revents); }
};

struct OnceHandler {
    void with_arguments(int) {}
    void without_arguments() {}
    void operator()(int) {}
};

void use_io(int fd);
void use_times();
void use_process();
void use_phases();
bool use_other_kinds();
int use_loop(ev::loop_ref loop);
int use_functions();
int use_values();

static inline void once_function(int, void*) {}
inline void once_simpler(int) {}
inline void once_simplest() {}

// What all classes have.
template <class Watcher>
static void use_base(Watcher& w)
{
    typedef Handler<Watcher> H;
    static H handler;

    w.template set<H, &H::with_arguments>(&handler);
    w.template set<H, &H::without_arguments>(&handler);
    w.set(&handler);
    w.template set<H::function>(&handler);
    w.template set<H::function>();
#if EV_MULTIPLICITY
    ev::loop_ref other = ev::get_default_loop();
    w.set(other);
    w.set(w.loop);
    w.set(static_cast<struct ev_loop*>(other));
    Watcher on_other(other);
    on_other.data = 0;
#endif
    w.start();
    if (w.is_active() || w.is_pending()) w.feed_event(ev::READ);
    w();
    w(ev::WRITE);
    w.stop();
}

void use_io(int fd)
{
    ev::io io;
    use_base(io);
    io.set(fd, ev::READ);
    io.set(ev::WRITE);
    io.start(fd, ev::READ | ev::WRITE);
}

void use_times()
{
    ev::timer timer;
    use_base(timer);
    timer.set(1.);
    timer.set(1., 2.);
    timer.start(1.);
    timer.start(1., 2.);
    timer.again();
    if (timer.remaining() > 1.) return;
#if EV_PERIODIC_ENABLE
    ev::periodic periodic;
    use_base(periodic);
    periodic.set(1.);
    periodic.set(1., 2.);
    periodic.start(1.);
    periodic.start(1., 2.);
    periodic.again();
#endif
}

void use_process()
{
#if EV_SIGNAL_ENABLE
    ev::sig sig;
    use_base(sig);
    sig.set(SIGINT);
    sig.start(SIGTERM);
#endif
#if EV_CHILD_ENABLE
    ev::child child;
    use_base(child);
    child.set(1);
    child.set(1, 1);
    child.start(1);
    child.start(1, 1);
#endif
#if EV_STAT_ENABLE
    ev::stat stat;
    use_base(stat);
    stat.set("/");
    stat.set("/", 1.);
    stat.start("/");
    stat.start("/", 1.);
    stat.update();
#endif
}

void use_phases()
{
#if EV_IDLE_ENABLE
    ev::idle idle;
    use_base(idle);
    idle.set();
#endif
#if EV_PREPARE_ENABLE
    ev::prepare prepare;
    use_base(prepare);
    prepare.set();
#endif
#if EV_CHECK_ENABLE
    ev::check check;
    use_base(check);
    check.set();
#endif
#if EV_FORK_ENABLE
    ev::fork fork;
    use_base(fork);
    fork.set();
#endif
}

bool use_other_kinds()
{
#if EV_EMBED_ENABLE
    ev::embed embed;
    use_base(embed);
    embed.set_embed(0);
    embed.start(ev_default_loop(0));
    embed.sweep();
#endif
#if EV_ASYNC_ENABLE
    ev::async async;
    use_base(async);
    async.send();
    return async.async_pending();
#else
    return false;
#endif
}

int use_loop(ev::loop_ref loop)
{
    static OnceHandler handler;
    ev::loop_ref copy(loop);
#if EV_MULTIPLICITY
    ev::dynamic_loop dynamic(ev::SELECT | ev::NOENV);
    const struct ev_loop* raw = dynamic;
    struct ev_loop* pointer = loop;
    if (loop == raw || loop != raw || !loop.is_default()) return 1;
    copy = pointer;
#endif
    ev::default_loop made(ev::AUTO);
    if (copy != loop || !(copy == loop)) return 2;
    loop.run(ev::NOWAIT);
    loop.break_loop(ev::ALL);
    loop.break_loop();
#if EV_COMPAT3
    loop.loop(ev::NONBLOCK | ev::ONESHOT);
    loop.unloop();
#endif
    loop.post_fork();
    loop.ref();
    loop.unref();
#if EV_FEATURE_API
    loop.set_io_collect_interval(0.);
    loop.set_timeout_collect_interval(0.);
    if (loop.iteration() + loop.depth()) return 3;
#endif
    loop.once(-1, 0, 0., once_function);
    loop.once(-1, 0, 0., once_function, &handler);
    loop.once<OnceHandler, &OnceHandler::with_arguments>(-1, 0, 0., &handler);
    loop.once<OnceHandler, &OnceHandler::without_arguments>(-1, 0, 0.,
                                                            &handler);
    loop.once(-1, 0, 0., &handler);
    loop.once<once_simpler>(-1, 0, 0.);
    loop.once<once_simplest>(-1, 0, 0.);
    loop.feed_fd_event(0, ev::READ);
#if EV_SIGNAL_ENABLE
    loop.feed_signal_event(SIGINT);
#endif
    return loop.now() > 0. && loop.backend();
}

int use_functions()
{
    ev::tstamp now = 0.;
#if EV_MULTIPLICITY
    now += ev::now(ev::get_default_loop());
#else
    now += ev::now();
#endif
    ev::delay(0.);
    ev::set_allocator(0);
    ev::set_syserr_cb(0);
    return ev::version_major() + ev::version_minor() + int(now)
         + int(ev::supported_backends() | ev::recommended_backends()
               | ev::embeddable_backends());
}

int use_values()
{
    static const int values[] = {
        ev::UNDEF,    ev::NONE,    ev::READ,      ev::WRITE,  ev::TIMER,
        ev::PERIODIC, ev::SIGNAL,  ev::CHILD,     ev::STAT,   ev::IDLE,
        ev::CHECK,    ev::PREPARE, ev::FORK,      ev::ASYNC,  ev::EMBED,
        ev::ERROR,    ev::AUTO,    ev::FORKCHECK, ev::SELECT, ev::POLL,
        ev::EPOLL,    ev::KQUEUE,  ev::DEVPOLL,   ev::PORT,   ev::NOWAIT,
        ev::ONCE,     ev::ONE,     ev::ALL};
    ev::how_t how = ev::ONE;
    ev::bad_loop bad;
#if EV_USE_STDEXCEPT
    if (!bad.what()) return 1;
#else
    (void)bad;
#endif
#if EV_COMPAT3
    if (ev::TIMEOUT != ev::TIMER) return 1;
#endif
    return values[how];
}
