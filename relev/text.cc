// Names of functions.

#include "text.hh"

#include "symbol.hh"

#if EV_RELEV_ENABLE

namespace evi { namespace {

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

#if RELEV_DEBUG

// In a program that has the C++ runtime. It allocates.
extern "C" {
__attribute__((weakref("__cxa_demangle"))) static char* demangle(const char*,
                                                                 char*, size_t*,
                                                                 int* status);
}

void put_symbol(Text& text, const char* name, bool readable)
{
    int status = 0;
    char* whole = readable && demangle
                    ? demangle(name, nullptr, nullptr, &status)
                    : nullptr;
    text.put(whole ? whole : name);
    ::free(whole);
}

#else

[[gnu::cold]] void put_symbol(Text& text, const char* name, bool)
{
    text.put(name);
}

#endif

[[gnu::cold]] void put_function(Text& text, const void* address, bool readable)
{
    Dl_info info = {};
    if (!symbol_find(address, info)) return text.put(address);

    const char* object = file_name(info.dli_fname);
    if (!info.dli_sname) {  // for addr2line
        text.put(object);
        return put_offset(text, address, info.dli_fbase);
    }
    put_symbol(text, info.dli_sname, readable);
    if (address != info.dli_saddr) put_offset(text, address, info.dli_saddr);
    text.put(" in ");
    text.put(object);
}

}}  // evi

#endif
