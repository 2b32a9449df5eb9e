// What the white-box tests share: cmocka for C++, chance, and a child that
// must abort.

#ifndef WHITE_HH_
#define WHITE_HH_

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

extern "C" {
#include <cmocka.h>
}

inline int random_below(int n)  // the same numbers in every run
{
    static unsigned seed = 1;
    seed = seed * 1103515245u + 12345u;
    return static_cast<int>((seed >> 8) % static_cast<unsigned>(n));
}

// Runs f in a child, which must be ended by abort.
template <class F>
void assert_aborts(F f)
{
    fflush(nullptr);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (!pid) {
        close(2);  // the message is expected
        f();
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

#endif
