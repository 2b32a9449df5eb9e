// Small parts of the C API that belong to no other file.

#include "boundary.hh"

int ev_version_major(void) noexcept { return EV_VERSION_MAJOR; }

int ev_version_minor(void) noexcept { return EV_VERSION_MINOR; }

void ev_set_allocator(void* (*cb)(void* ptr, long size) noexcept) noexcept
{
    evi::hooks.allocator = cb;
}

void ev_set_syserr_cb(void (*cb)(const char* msg) noexcept) noexcept
{
    evi::hooks.syserr = cb;
}

unsigned int ev_backend(EV_P) noexcept
{
    const evi::Backend* backend = evi::self(EV_A).backend;
    return backend ? backend->flag : 0;
}

void ev_ref(EV_P) noexcept { ++evi::self(EV_A).active; }

void ev_unref(EV_P) noexcept { --evi::self(EV_A).active; }
