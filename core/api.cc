// Small functions of the C API that fit in no other file. Most exist only with
// EV_FEATURE_API.

#include "lifetime.hh"
#include "pending.hh"

[[gnu::cold]] int ev_version_major(void) EV_NOEXCEPT
{
    return EV_VERSION_MAJOR;
}

[[gnu::cold]] int ev_version_minor(void) EV_NOEXCEPT
{
    return EV_VERSION_MINOR;
}

[[gnu::cold]] void ev_set_allocator(void* (*cb)(void* ptr, long size)
                                        EV_NOEXCEPT) EV_NOEXCEPT
{
    evi::hooks.allocator = cb;
}

[[gnu::cold]] void ev_set_syserr_cb(void (*cb)(const char* msg)
                                        EV_NOEXCEPT) EV_NOEXCEPT
{
    evi::hooks.syserr = cb;
}

unsigned int ev_backend(EV_P) EV_NOEXCEPT
{
    const evi::Backend* backend = evi::entry(EV_A).backend;
    return backend ? backend->flag : 0;
}

void ev_ref(EV_P) EV_NOEXCEPT { ++evi::entry(EV_A).active; }

void ev_unref(EV_P) EV_NOEXCEPT { --evi::entry(EV_A).active; }

#if EV_FEATURE_API

namespace evi { namespace {

[[gnu::cold, gnu::noinline]] void observers_changed(Loop& loop)
{
    bool collects = loop.io_collect > 0 || loop.timeout_collect > 0;
    bool by_user = !use_monotonic || collects || loop.release || loop.acquire
                || loop.invoke;
    loop.observed &= static_cast<uint8_t>(~observed_by_user);
    if (by_user) loop.observed |= observed_by_user;
}

}}  // evi

unsigned int ev_iteration(EV_P) EV_NOEXCEPT
{
    return evi::entry(EV_A).iterations;
}

unsigned int ev_depth(EV_P) EV_NOEXCEPT { return evi::entry(EV_A).depth; }

void ev_verify(EV_P) EV_NOEXCEPT { evi::verify(evi::entry(EV_A)); }

[[gnu::cold]] unsigned int ev_pending_count(EV_P) EV_NOEXCEPT
{
    return evi::pending_count(evi::entry(EV_A));
}

[[gnu::cold]] void ev_set_io_collect_interval(EV_P_ ev_tstamp interval)
    EV_NOEXCEPT
{
    evi::Loop& ours = evi::entry(EV_A);
    ours.io_collect = interval;
    evi::observers_changed(ours);
}

[[gnu::cold]] void ev_set_timeout_collect_interval(EV_P_ ev_tstamp interval)
    EV_NOEXCEPT
{
    evi::Loop& ours = evi::entry(EV_A);
    ours.timeout_collect = interval;
    evi::observers_changed(ours);
}

void ev_set_userdata(EV_P_ void* data) EV_NOEXCEPT
{
    evi::entry(EV_A).userdata = data;
}

void* ev_userdata(EV_P) EV_NOEXCEPT { return evi::entry(EV_A).userdata; }

[[gnu::cold]] void ev_set_invoke_pending_cb(
    EV_P_ ev_loop_callback invoke_pending_cb) EV_NOEXCEPT
{
    // The default is no hook: then nothing observes the passes.
    bool hook = invoke_pending_cb != ev_invoke_pending;
    evi::Loop& ours = evi::entry(EV_A);
    ours.invoke = hook ? invoke_pending_cb : nullptr;
    evi::observers_changed(ours);
}

[[gnu::cold]] void ev_set_loop_release_cb(EV_P_ void (*release)(EV_P)
                                              EV_NOEXCEPT,
                                          void (*acquire)(EV_P)
                                              EV_NOEXCEPT) EV_NOEXCEPT
{
    evi::Loop& ours = evi::entry(EV_A);
    ours.release = release;
    ours.acquire = acquire;
    evi::observers_changed(ours);
}

#endif
