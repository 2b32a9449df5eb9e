/* Unwinding of a thread does not tell the address sanitizer, where there is
 * one, that the frames of the stack are gone. From the depth that they had,
 * forget_frames does: push it as a cleanup handler of the thread.
 */
#ifndef FRAMES_H_
#define FRAMES_H_

#ifdef __ELF__
__attribute__((weak)) void __asan_handle_no_return(void);
#endif

__attribute__((noinline, no_sanitize_address, unused)) static void
forget_frames(void* unused)
{
    volatile char depth[1 << 15];
    (void)unused, (void)depth;
    depth[0] = 0;
#ifdef __ELF__
    if (__asan_handle_no_return) __asan_handle_no_return();
#endif
}

#endif
