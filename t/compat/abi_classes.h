/* Prints what programs compiled against an ev++.h have built into them, as
 * abi_dump.h does for ev.h: the layout of the classes, the types of their
 * functions, the values of their names. Compiled by exchange.sh.
 */
#include <cstddef>
#include <cstdio>
#include <typeinfo>

#include "ev++.h"

#define CLASS(c)                                                      \
    std::printf("class %s: size %zu, alignment %zu\n", #c, sizeof(c), \
                alignof(c))
#define TYPE(t) std::printf("%s: %s\n", #t, typeid(t).name())
#define METHOD(m) TYPE(decltype(&m))
#define VALUE(v) std::printf("%s = %ld\n", #v, static_cast<long>(v))
#define MADE_FROM(c, ...) \
    std::printf("%s(%s): %d\n", #c, #__VA_ARGS__, Makes<c, __VA_ARGS__>::yes)

// Whether a C can be made from an A.
template <class C, class A>
struct Makes {
    template <class T>
    static char test(decltype(T(*static_cast<A*>(nullptr)))*);
    template <class T>
    static long test(...);
    static constexpr int yes = sizeof(test<C>(nullptr)) == 1;
};

template <class W, class Base>
static void dump_watcher(const char* name)
{
    const Base* base = static_cast<W*>(reinterpret_cast<W*>(64));
    std::printf("%s: size %zu, alignment %zu, the ev_ struct at %zd\n", name,
                sizeof(W), alignof(W),
                reinterpret_cast<const char*>(base)
                    - reinterpret_cast<const char*>(64));
    TYPE(decltype(&W::is_active));
    TYPE(decltype(&W::is_pending));
    TYPE(decltype(&W::feed_event));
    TYPE(decltype(static_cast<void (W::*)()>(&W::stop)));
    TYPE(decltype(static_cast<void (W::*)()>(&W::start)));
    MADE_FROM(W, ev::loop_ref);
    MADE_FROM(W, struct ev_loop*);
    MADE_FROM(W, const W);
}

#define WATCHER(w) dump_watcher<ev::w, ev_##w>("ev::" #w)

static void dump_watchers()
{
    WATCHER(io);
    WATCHER(timer), METHOD(ev::timer::again), METHOD(ev::timer::remaining);
    WATCHER(periodic), METHOD(ev::periodic::again);
    dump_watcher<ev::sig, ev_signal>("ev::sig");
    WATCHER(child);
    WATCHER(stat), METHOD(ev::stat::update);
    WATCHER(idle);
    WATCHER(prepare);
    WATCHER(check);
    WATCHER(embed), METHOD(ev::embed::sweep), METHOD(ev::embed::set_embed);
    WATCHER(fork);
    WATCHER(async), METHOD(ev::async::send), METHOD(ev::async::async_pending);
}

static void dump_loops()
{
    CLASS(ev::loop_ref);
    CLASS(ev::dynamic_loop);
    CLASS(ev::default_loop);
    CLASS(ev::bad_loop);
    MADE_FROM(ev::loop_ref, struct ev_loop*);
    MADE_FROM(ev::dynamic_loop, unsigned);
    MADE_FROM(ev::dynamic_loop, const ev::dynamic_loop);
    MADE_FROM(ev::default_loop, unsigned);
    METHOD(ev::loop_ref::loop), METHOD(ev::loop_ref::unloop);
    METHOD(ev::loop_ref::run), METHOD(ev::loop_ref::break_loop);
    METHOD(ev::loop_ref::post_fork), METHOD(ev::loop_ref::backend);
    METHOD(ev::loop_ref::now), METHOD(ev::loop_ref::is_default);
    METHOD(ev::loop_ref::ref), METHOD(ev::loop_ref::unref);
    METHOD(ev::loop_ref::iteration), METHOD(ev::loop_ref::depth);
    METHOD(ev::loop_ref::set_io_collect_interval);
    METHOD(ev::loop_ref::set_timeout_collect_interval);
    METHOD(ev::loop_ref::feed_fd_event), METHOD(ev::loop_ref::raw_loop);
    METHOD(ev::loop_ref::feed_signal_event);
}

static void dump_names()
{
    TYPE(ev::tstamp);
    METHOD(ev::supported_backends), METHOD(ev::recommended_backends);
    METHOD(ev::embeddable_backends), METHOD(ev::set_allocator);
    METHOD(ev::set_syserr_cb), METHOD(ev::now), METHOD(ev::version_major);
    METHOD(ev::version_minor), METHOD(ev::delay);
    METHOD(ev::get_default_loop);
    VALUE(ev::UNDEF), VALUE(ev::NONE), VALUE(ev::READ), VALUE(ev::WRITE);
    VALUE(ev::TIMEOUT), VALUE(ev::TIMER), VALUE(ev::PERIODIC);
    VALUE(ev::SIGNAL), VALUE(ev::CHILD), VALUE(ev::STAT), VALUE(ev::IDLE);
    VALUE(ev::CHECK), VALUE(ev::PREPARE), VALUE(ev::FORK), VALUE(ev::ASYNC);
    VALUE(ev::EMBED), VALUE(ev::ERROR);
    VALUE(ev::AUTO), VALUE(ev::NOENV), VALUE(ev::FORKCHECK);
    VALUE(ev::SELECT), VALUE(ev::POLL), VALUE(ev::EPOLL), VALUE(ev::KQUEUE);
    VALUE(ev::DEVPOLL), VALUE(ev::PORT);
    VALUE(ev::NONBLOCK), VALUE(ev::ONESHOT);
    VALUE(ev::ONE), VALUE(ev::ALL), TYPE(ev::how_t);
}

int main()
{
    dump_watchers();
    dump_loops();
    dump_names();
}
