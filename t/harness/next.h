/* Functions of the C library that a test program replaces, also for the library
 * under test. Define _GNU_SOURCE before any include.
 */
#ifndef NEXT_H_
#define NEXT_H_

#include <dlfcn.h>

/* Ends a function with what its next definition returns, ours being the first.
 */
#define NEXT_RETURNS(result, name, parameters, arguments)    \
    do {                                                     \
        static result(*next) parameters;                     \
        if (!next) *(void**)&next = dlsym(RTLD_NEXT, #name); \
        return next arguments;                               \
    } while (0)

#endif
