// A run that is left because its thread is canceled, or by an exception. From
// then on that thread is not in ev_run: its cleanup handlers may hand the loop
// over to another one. A longjmp is not detected here, but by debug_stack.cc.

#include "debug.hh"

#if RELEV_DEBUG

#include <unwind.h>

namespace evi { namespace {

// The unwinder calls it when it leaves the frame of debug_guard, as it calls
// the C++ runtime for functions with destructors.
extern "C" [[gnu::used]] _Unwind_Reason_Code evi_unwound(
    int, _Unwind_Action actions, uint64_t, _Unwind_Exception*, _Unwind_Context*)
{
    if (actions & _UA_CLEANUP_PHASE) runs_left();
    return _URC_CONTINUE_UNWIND;
}

// ARM with 32 bits has tables of another kind: there it is not called.
#if defined __GCC_HAVE_DWARF2_CFI_ASM && !defined __ARM_EABI__
#define EVI_UNWOUND ".cfi_personality 0x1b, evi_unwound"  // sdata4, pcrel
#else
#define EVI_UNWOUND ""
#endif

[[gnu::noinline]] int debug_guard(Loop& loop, int flags, int (*run)(Loop&, int))
{
    __asm__ volatile(EVI_UNWOUND);
    int active = run(loop, flags);
    __asm__ volatile("");  // after the call, which needs this frame
    return active;
}

}}  // evi

#endif
