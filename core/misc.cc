// Small functions of the C API that fit in no other file.

#include "boundary.hh"

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
    const evi::Backend* backend = evi::self(EV_A).backend;
    return backend ? backend->flag : 0;
}

void ev_ref(EV_P) EV_NOEXCEPT { ++evi::entry(EV_A).active; }

void ev_unref(EV_P) EV_NOEXCEPT { --evi::entry(EV_A).active; }
