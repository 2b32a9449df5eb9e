/* Functions of the C library that a test program replaces, also for the library
 * under test. Define _GNU_SOURCE before any include.
 */
#ifndef NEXT_H_
#define NEXT_H_

#include <dlfcn.h>
#include <stddef.h>

/* Ends a function with what its next definition returns, ours being the first.
 */
#define NEXT_RETURNS(result, name, parameters, arguments)    \
    do {                                                     \
        static result(*next) parameters;                     \
        if (!next) *(void**)&next = dlsym(RTLD_NEXT, #name); \
        return next arguments;                               \
    } while (0)

/* Of kevent, in the systems that have it. */
#ifdef __NetBSD__
typedef size_t kevent_count;
#else
typedef int kevent_count;
#endif
struct kevent; /* its header defines a macro EV_ERROR */

#endif
