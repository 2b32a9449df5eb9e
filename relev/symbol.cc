// The name of the function at an address, without a lock.
//
// dladdr waits for a thread that is within dlopen, possibly for ever: a
// constructor may hang, or a file system. A dump must not wait, in a signal
// handler or in a debugger. glibc finds the object of an address without a lock
// since version 2.35, in signal handlers, too. Its symbols are read here.

#include "symbol.hh"

#if EV_RELEV_ENABLE

#include <errno.h>

#ifdef __ELF__

#include <link.h>

// Weak, because a static program may do without it.
__attribute__((weakref("dladdr"))) static int locked_find(const void*,
                                                          Dl_info*);

#else

constexpr auto locked_find = dladdr;

#endif

#ifdef DLFO_STRUCT_HAS_EH_DBASE

__attribute__((weakref("_dl_find_object"))) static int object_find(
    void*, dl_find_object*);

namespace evi { namespace {

using Symbol = ElfW(Sym);

// The tables of an object. Their addresses are relative in some objects.
struct Symbols {
    uintptr_t base;
    const Symbol* all;
    const char* names;
    const uint32_t* hash;  // as DT_GNU_HASH: it says how many symbols there are

    [[gnu::cold]] explicit Symbols(const link_map& map)
        : base(map.l_addr), all(), names(), hash()
    {
        for (const ElfW(Dyn)* d = map.l_ld; d && d->d_tag != DT_NULL; ++d) {
            if (d->d_tag == DT_SYMTAB) set(all, d->d_un.d_ptr);
            if (d->d_tag == DT_STRTAB) set(names, d->d_un.d_ptr);
            if (d->d_tag == DT_GNU_HASH) set(hash, d->d_un.d_ptr);
        }
    }

    template <class T>
    void set(const T*& table, uintptr_t at)
    {
        table = reinterpret_cast<const T*>(at < base ? at + base : at);
    }

    bool complete() const { return all && names && hash; }

    // The chain of the last bucket ends with the last symbol.
    [[gnu::cold]] uint32_t count() const
    {
        constexpr size_t word = sizeof(ElfW(Addr)) / sizeof *hash;
        uint32_t buckets = hash[0], first = hash[1], last = 0;
        const uint32_t* bucket = hash + 4 + word * hash[2];
        const uint32_t* chain = bucket + buckets;
        for (uint32_t i = 0; i < buckets; ++i) last = max(last, bucket[i]);
        if (last < first) return 0;
        while (!(chain[last - first] & 1)) ++last;
        return last + 1;
    }

    bool contains(const Symbol& symbol, uintptr_t address) const
    {
        if (symbol.st_shndx == SHN_UNDEF || !symbol.st_value) return false;
        if (ELF32_ST_TYPE(symbol.st_info) == STT_TLS) return false;
        uintptr_t offset = address - base - symbol.st_value;
        return offset < symbol.st_size || !offset;
    }

    // The one that begins last.
    [[gnu::cold]] const Symbol* find(uintptr_t address) const
    {
        const Symbol* found = nullptr;
        for (uint32_t i = 1, n = count(); i < n; ++i) {
            if (!contains(all[i], address)) continue;
            if (!found || all[i].st_value > found->st_value) found = &all[i];
        }
        return found;
    }
};

// False: dladdr has to be asked.
[[gnu::cold]] bool symbol_find_unlocked(const void* address, Dl_info& info)
{
    dl_find_object object = {};
    if (!object_find) return false;
    if (object_find(const_cast<void*>(address), &object)) return true;
    const link_map* map = object.dlfo_link_map;
    Symbols symbols(*map);
    if (!symbols.complete()) return false;
    const char* name = map->l_name;
    info.dli_fname = name && *name ? name : program_invocation_name;
    info.dli_fbase = object.dlfo_map_start;
    auto* found = symbols.find(reinterpret_cast<uintptr_t>(address));
    if (!found) return true;
    info.dli_sname = symbols.names + found->st_name;
    info.dli_saddr = reinterpret_cast<void*>(symbols.base + found->st_value);
    return true;
}

}}  // evi

#else

namespace evi { namespace {

bool symbol_find_unlocked(const void*, Dl_info&) { return false; }

}}  // evi

#endif

namespace evi { namespace {

[[gnu::cold]] bool symbol_find(const void* address, Dl_info& info)
{
    bool done = symbol_find_unlocked(address, info);
    if (!done && locked_find) locked_find(address, &info);
    return info.dli_fname;
}

}}  // evi

#endif
