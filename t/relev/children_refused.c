/* ev_child in another loop: what is refused, and what fails later. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <sys/syscall.h>

#include "child_help.h"
#include "fds.h"
#include "relev.h"

static int no_pidfd;     /* the errno of pidfd_open */
static int waitid_fails; /* the errno of the next waitid */
static struct relev_error told;
static int tells;

/* The library asks for a pidfd by this. */
long syscall(long number, ...)
{
    static long (*real)(long, ...);
    long a[6];
    va_list arguments;

    va_start(arguments, number);
    for (int i = 0; i < 6; ++i) a[i] = va_arg(arguments, long);
    va_end(arguments);
    if (number == 434 && no_pidfd) {
        errno = no_pidfd;
        return -1;
    }
    if (!real) *(void**)&real = dlsym(RTLD_NEXT, "syscall");
    return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

int waitid(idtype_t type, id_t id, siginfo_t* info, int options)
{
    static int (*real)(idtype_t, id_t, siginfo_t*, int);
    if (waitid_fails) {
        errno = waitid_fails;
        waitid_fails = 0;
        return -1;
    }
    if (!real) *(void**)&real = dlsym(RTLD_NEXT, "waitid");
    memset(info, 0, sizeof *info); /* MemorySanitizer sees only this */
    return real(type, id, info, options);
}

static void tell(struct ev_loop* loop, const struct relev_error* error, void* w)
{
    (void)loop, (void)w;
    told = *error;
    ++tells;
}

static struct ev_loop* begin(void)
{
    if (EV_DEFAULT_UC) ev_loop_destroy(EV_DEFAULT_UC);
    signals_reset();
    calls_clear();
    tells = no_pidfd = 0;
    if (!(relev_features() & RELEV_FEATURE_CHILDREN)) skip();
    struct ev_loop* loop = loop_new(0);
    relev_set_error_cb(loop, tell, NULL);
    return loop;
}

#define assert_refused(w, number)                 \
    do {                                          \
        assert_int_equal(tells, 1);               \
        assert_int_equal(told.code, RELEV_E_PID); \
        assert_int_equal(told.type, EV_CHILD);    \
        assert_ptr_equal(told.watcher, w);        \
        assert_int_equal(told.errnum, number);    \
        assert_false(ev_is_active(w));            \
        tells = 0;                                \
    } while (0)

static void test_refused_any_child_and_tracing(void** state)
{
    /* 2.2: these stay with the default loop. */
    struct ev_loop* loop = begin();
    ev_child w;
    (void)state;

    child_begin(loop, &w, "w", 0, 0);
    assert_refused(&w, 0);
    child_begin(loop, &w, "w", -1, 0);
    assert_refused(&w, 0);
    pid_t pid = child_exits(0);
    child_begin(loop, &w, "w", pid, 1);
    assert_refused(&w, 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    ev_loop_destroy(loop);
}

static int texts;
static void count_text(const char* text)
{
    assert_non_null(strstr(text, "ev_child"));
    assert_int_equal(errno, EINVAL);
    ++texts;
}

static void test_refused_without_an_error_callback(void** state)
{
    /* 2.2: the syserr callback receives it. */
    struct ev_loop* loop = begin();
    ev_child w;
    (void)state;

    relev_set_error_cb(loop, NULL, NULL);
    texts = 0;
    ev_set_syserr_cb(count_text);
    child_begin(loop, &w, "w", getpid(), 0);
    assert_int_equal(texts, 1);
    child_begin(loop, &w, "w", 0, 0);
    assert_int_equal(texts, 2);
    ev_set_syserr_cb(NULL);
    child_begin(loop, &w, "w", getpid(), 0); /* in silence */
    assert_false(ev_is_active(&w));
    ev_loop_destroy(loop);
}

static void test_refused_what_is_no_child(void** state)
{
    /* 2.2: another process, and one that the program has waited for. */
    struct ev_loop* loop = begin();
    ev_child w;
    (void)state;

    child_begin(loop, &w, "w", getpid(), 0);
    assert_refused(&w, ECHILD);
    pid_t pid = child_exits(0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    child_begin(loop, &w, "w", pid, 0);
    assert_refused(&w, ESRCH);
    ev_loop_destroy(loop);
}

static void test_refused_without_pidfd(void** state)
{
    /* 2.2: an old kernel, a sandbox, no descriptor. Later it is accepted. */
    static const int errors[] = {ENOSYS, EPERM, EMFILE, ENOMEM};
    struct ev_loop* loop = begin();
    ev_child w;
    (void)state;

    pid_t pid = child_exits(6);
    for (size_t i = 0; i < sizeof errors / sizeof *errors; ++i) {
        no_pidfd = errors[i];
        child_begin(loop, &w, "w", pid, 0);
        assert_refused(&w, errors[i]);
        assert_false(relev_features() & RELEV_FEATURE_CHILDREN);
    }
    no_pidfd = 0;
    child_ended(pid);
    child_begin(loop, &w, "w", pid, 0);
    turn(loop);
    assert_calls("w");
    ev_child_stop(loop, &w);
    ev_loop_destroy(loop);
}

static void test_refused_without_descriptors(void** state)
{
    struct ev_loop* loop = begin();
    ev_child w;
    (void)state;

    pid_t pid = child_exits(6);
    child_ended(pid);
    int next = dup(0);
    close(next);
    for (int room = 0; room < 2; ++room) {
        /* None for the set of pidfds; then none for the pidfd. */
        rlim_t was = fds_limit((rlim_t)next + (rlim_t)room);
        child_begin(loop, &w, "w", pid, 0);
        fds_limit(was);
        assert_refused(&w, EMFILE);
    }
    child_begin(loop, &w, "w", pid, 0);
    turn(loop);
    assert_calls("w");
    ev_child_stop(loop, &w);
    ev_loop_destroy(loop);
}

static int error_calls;
static void note_error(struct ev_loop* loop, ev_child* w, int revents)
{
    (void)loop;
    assert_int_equal(revents, EV_ERROR);
    assert_false(ev_is_active(w));
    ++error_calls;
}

static void test_lost_to_the_program(void** state)
{
    /* 2.2: it waits for a child that is watched: no status will come. */
    struct ev_loop* loop = begin();
    ev_child w;
    (void)state;

    pid_t pid = child_waits();
    child_begin(loop, &w, "w", pid, 0);
    ev_set_cb(&w, note_error);
    error_calls = 0;
    turn(loop);
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    turn(loop);
    assert_int_equal(error_calls, 1);
    assert_refused(&w, ECHILD);
    assert_int_equal(turn(loop), 0);
    ev_loop_destroy(loop);
}

static void test_interrupted_waitid(void** state)
{
    /* 2.2: waitid is tried again. */
    struct ev_loop* loop = begin();
    ev_child w;
    (void)state;

    pid_t pid = child_exits(8);
    child_ended(pid);
    waitid_fails = EINTR;
    child_begin(loop, &w, "w", pid, 0);
    waitid_fails = EINTR;
    turn(loop);
    assert_calls("w");
    assert_int_equal(WEXITSTATUS(w.rstatus), 8);
    ev_child_stop(loop, &w);
    ev_loop_destroy(loop);
}

static void test_closed_pidfd_is_not_closed_again(void** state)
{
    /* 2.2: the program closed it; its number is another file's now. */
    struct ev_loop* loop = begin();
    ev_child first, w;
    (void)state;

    pid_t one = child_waits(), two = child_waits();
    child_begin(loop, &first, "f", one, 0); /* opens the set */
    int next = dup(0);
    close(next);
    child_begin(loop, &w, "w", two, 0);
    assert_int_equal(dup2(0, next), next);
    ev_child_stop(loop, &w);
    assert_true(fcntl(next, F_GETFD) >= 0);
    close(next);
    ev_child_stop(loop, &first);
    kill(one, SIGKILL);
    kill(two, SIGKILL);
    assert_int_equal(waitpid(one, NULL, 0), one);
    assert_int_equal(waitpid(two, NULL, 0), two);
    ev_loop_destroy(loop);
}

static void test_freed_watcher_is_forgotten(void** state)
{
    /* 2.2: its memory is used for another one, which is called once. */
    struct ev_loop* loop = begin();
    ev_child w;
    (void)state;

    pid_t one = child_exits(1), two = child_exits(2);
    child_ended(one);
    child_ended(two);
    child_begin(loop, &w, "f", one, 0);
    memset(&w, 0, sizeof w); /* never stopped */
    child_begin(loop, &w, "w", two, 0);
    turn(loop);
    turn(loop);
    assert_calls("w");
    assert_int_equal(w.rpid, two);
    ev_child_stop(loop, &w);
    ev_loop_destroy(loop);
    assert_int_equal(waitpid(-1, NULL, 0), one); /* nobody watches it */
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static const Test tests[] = {
    EACH(test_refused_any_child_and_tracing),
    EACH(test_refused_without_an_error_callback),
    EACH(test_refused_what_is_no_child),
    EACH(test_refused_without_pidfd),
    EACH(test_refused_without_descriptors),
    EACH(test_lost_to_the_program),
    EACH(test_interrupted_waitid),
    EACH(test_closed_pidfd_is_not_closed_again),
    EACH(test_freed_watcher_is_forgotten),
};

HARNESS_MAIN("relev_children_refused", tests)
