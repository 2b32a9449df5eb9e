// Names of functions.

#include "text.hh"

#if EV_RELEV_ENABLE

#include <dlfcn.h>

namespace evi { namespace {

// Weak, because a static program may do without it.
__attribute__((weakref("dladdr"))) static int find_symbol(const void*,
                                                          Dl_info*);

[[gnu::cold]] const char* file_name(const char* path)
{
    const char* slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

[[gnu::cold]] void put_offset(Text& text, const void* address,
                              const void* start)
{
    text.put('+');
    text.put(
        reinterpret_cast<const void*>(reinterpret_cast<uintptr_t>(address)
                                      - reinterpret_cast<uintptr_t>(start)));
}

[[gnu::cold]] void put_function(Text& text, const void* address)
{
    Dl_info info = {};
    bool found = find_symbol && find_symbol(address, &info) && info.dli_fname;
    if (!found) return text.put(address);

    const char* object = file_name(info.dli_fname);
    if (!info.dli_sname) {  // for addr2line
        text.put(object);
        return put_offset(text, address, info.dli_fbase);
    }
    text.put(info.dli_sname);
    if (address != info.dli_saddr) put_offset(text, address, info.dli_saddr);
    text.put(" in ");
    text.put(object);
}

}}  // evi

#endif
