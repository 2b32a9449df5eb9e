// Has a callback been left, by longjmp or an exception? Then its frame is not
// on the stack of the thread any more. What was written there may still be.

#include "debug.hh"

#if RELEV_DEBUG

#include <dlfcn.h>
#include <unwind.h>

namespace evi { namespace {

// Weak, because a static program may do without it.
__attribute__((weakref("dlopen"))) static void* open_library(const char*, int);
__attribute__((weakref("dlsym"))) static void* find_function(void*,
                                                             const char*);

struct Unwinder {
    decltype(&_Unwind_Backtrace) walk;
    decltype(&_Unwind_GetCFA) frame;
    decltype(&_Unwind_GetIP) address;

    // The library that throws exceptions, and cancels threads.
    bool open()
    {
        void* library = open_library && find_function
                          ? open_library("libgcc_s.so.1", RTLD_LAZY)
                          : nullptr;
        return library && function(library, "_Unwind_Backtrace", walk)
            && function(library, "_Unwind_GetCFA", frame)
            && function(library, "_Unwind_GetIP", address);
    }

    template <class F>
    static bool function(void* library, const char* name, F& f)
    {
        f = reinterpret_cast<F>(find_function(library, name));
        return f;
    }
};

struct Search {
    Unwinder unwinder;
    uintptr_t frame;
    uintptr_t caller;
    bool found;

    static _Unwind_Reason_Code visit(_Unwind_Context* context, void* data)
    {
        auto& self = *static_cast<Search*>(data);
        self.found = self.unwinder.frame(context) == self.frame
                  && self.unwinder.address(context) == self.caller;
        return self.found ? _URC_NORMAL_STOP : _URC_NO_REASON;
    }
};

bool frame_lives(const void* frame, const void* caller)
{
    assert(frame && caller);
    int error = errno;
    Search search = {{},
                     reinterpret_cast<uintptr_t>(frame),
                     reinterpret_cast<uintptr_t>(caller),
                     false};
    if (search.unwinder.open()) search.unwinder.walk(Search::visit, &search);
    errno = error;
    return search.found;
}

}}  // evi

#endif
