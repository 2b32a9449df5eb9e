// Creates, verifies and destroys loops, by walking two lists: the backends and
// the kinds of watchers.

#include "lifetime.hh"

#include "../relev/children.hh"
#include "../watchers/steps.hh"
#include "clock.hh"
#include "fds.hh"
#include "fork.hh"
#include "pending.hh"
#include "report.hh"
#include "wakeup.hh"
#include "watcher.hh"

namespace evi { namespace {

[[gnu::cold]] bool setuid_program()
{
    return getuid() != geteuid() || getgid() != getegid();
}

[[gnu::cold]] unsigned backends_supported()
{
    unsigned all = 0;
    for (int i = 0; const Backend* backend = backend_at(i); ++i)
        all |= backend->flag;
    return all;
}

[[gnu::always_inline]] inline unsigned backends_recommended()
{
    return backends_supported() & ~backends_avoided;
}

// LIBEV_FLAGS replaces the program's flags, unless EVFLAG_NOENV is set. It does
// not change who reaps the children.
[[gnu::cold]] unsigned flags_decide(unsigned flags)
{
    bool trusted = !(flags & EVFLAG_NOENV) && !setuid_program();
    const char* given = trusted ? getenv("LIBEV_FLAGS") : nullptr;
    unsigned own = flags & children_flags;
    if (given) flags = static_cast<unsigned>(strtoul(given, nullptr, 10)) | own;
    if (!(flags & EVBACKEND_MASK)) flags |= backends_recommended();
    return flags;
}

[[gnu::cold]] bool init(Loop& loop, unsigned flags)
{
    loop.flags = flags_decide(flags);
    loop.backend_fd = -1;
    loop.observed = use_monotonic ? 0 : observed_by_user;
    loop.dispatch = pending_invoke;
    wakeup_init(loop);
    clock_init(loop);
    process_init(loop, flags & EVFLAG_FORKCHECK);
    assert(loop.flags & EVBACKEND_MASK);

    for (int i = 0; const Backend* backend = backend_at(i); ++i) {
        loop.backend = backend;
        if (loop.flags & backend->flag && backend->init(loop)) {
            debug_made(loop);
            return true;
        }
    }
    loop.backend = nullptr;
    return false;
}

[[gnu::cold]] void kind_destroy(Loop& loop, const Kind& kind)
{
    if (kind.destroy) kind.destroy(loop);
    containers(kind, loop.watchers, [](auto& all) { all.free(); });
}

[[gnu::cold]] void kind_verify(Loop& loop, const Kind& kind)
{
    if (kind.verify) kind.verify(loop);
    if (!verified) return;
    containers(kind, loop.watchers,
               [&](auto& all) { container_verify(loop, all, kind.type); });
}

[[gnu::cold]] void destroy(Loop& loop)
{
    assert(loop.backend);
    cleanups_invoke(loop);
    debug_leaks(loop);
    reports_make(loop);

    for (int i = 0; const Kind* kind = kind_at(i); ++i)
        kind_destroy(loop, *kind);
    wakeup_close(loop);
    loop.backend->destroy(loop);
    loop.backend = nullptr;
    fds_free(loop);
    pending_free(loop);
    relev_free(loop);
    debug_destroyed(loop);
}

// In virtual time it would be called in each iteration.
[[gnu::cold]] void trim(Loop& loop)
{
    if (clock_virtual(loop) && loop.iterations % 256) return;
    fds_trim(loop);
    pending_trim(loop);
    for (int i = 0; const Kind* kind = kind_at(i); ++i)
        containers(*kind, loop.watchers, [](auto& all) { all.trim(); });
    if (loop.backend->trim) loop.backend->trim(loop);
    if (metered && loop.relev) metrics_trim(loop);
}

[[gnu::cold]] void verify(Loop& loop)
{
    fds_verify(loop);
    pending_verify(loop);
    for (int i = 0; const Kind* kind = kind_at(i); ++i)
        kind_verify(loop, *kind);
}

// If the syserr callback leaves it by longjmp, the next call goes on with the
// loop that is half made.
[[gnu::cold]] Loop* default_new(unsigned flags)
{
    Loop& loop = default_loop;
    if (!loop.backend) {
        new (&loop) Loop();
        if (!init(loop, flags)) return nullptr;
    }
    child_watch_begin(loop);
    loop.is_default = true;
    default_publish(&loop);
    return &loop;
}

[[gnu::cold]] void default_destroy(Loop& loop)
{
    if (!loop.backend) return;  // already destroyed
    destroy(loop);
    loop.is_default = false;
    default_publish(nullptr);
}

[[gnu::cold]] Loop* dynamic_new(unsigned flags)
{
    children_share();
    auto* loop = new (memory_resize(nullptr, sizeof(Loop))) Loop();
    if (init(*loop, flags | children_flags)) return loop;
    memory_free(loop);
    return nullptr;
}

[[gnu::cold]] void dynamic_destroy(Loop& loop)
{
    destroy(loop);
    memory_free(&loop);
}

[[gnu::cold]] void loop_destroy(Loop& loop)
{
    if (&loop == &default_loop) default_destroy(loop);
    else dynamic_destroy(loop);
}

}}  // evi

// The C API; making and destroying loops is in c_api.cc.

[[gnu::cold]] unsigned int ev_supported_backends(void) EV_NOEXCEPT
{
    return evi::backends_supported();
}

[[gnu::cold]] unsigned int ev_recommended_backends(void) EV_NOEXCEPT
{
    return evi::backends_recommended();
}

// Backends with an fd of their own, also those that this system lacks.
[[gnu::cold]] unsigned int ev_embeddable_backends(void) EV_NOEXCEPT
{
    return EVBACKEND_EPOLL | EVBACKEND_KQUEUE | EVBACKEND_PORT
         | EVBACKEND_IOURING;
}
