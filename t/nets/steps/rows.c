/* The functions that are walked through, and the actions in between.
 *
 * R2.45, R2.65, R2.67: an event that is sent from a thread or from a signal
 * handler is heard, whatever the loop does meanwhile, and once.
 * R2.66: a send to a watcher that was stopped calls nobody.
 * R3.4: that holds in a child after a fork anywhere in a send, and for a sender
 * that is to be canceled; R2.32: and in its parent.
 * R3.5: a child that stops and destroys without ev_loop_fork does not change
 * that.
 * R3.6, R2.43: a signal that goes to the loop of another thread is heard there
 * whenever its watcher is active. No freed memory is touched (stage.c makes it
 * inaccessible), and no descriptor that is somebody else's by then.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "steps.h"

/* The functions. */

static void cancel_itself(void) { pthread_cancel(pthread_self()); }

static void send_all(void)
{
    by_send.send();
    by_feed.send();
    by_post.send();
}

static void first_stop(void) { ev_signal_stop(loop, &signal_first); }

static void call_send(void) { by_send.send(); }
static void call_feed(void) { by_feed.send(); }
static void call_post(void) { by_post.send(); }
static void call_handler(void) { by_kill.send(); }
static void call_look(void) { ev_run(loop, EVRUN_NOWAIT); }
static void call_wait(void) { ev_run(loop, EVRUN_ONCE); }

static void call_renew(void)
{
    ev_loop_fork(loop);
    ev_run(loop, EVRUN_NOWAIT);
}

static void call_stop(void) { first_stop(); }

static void call_destroy(void)
{
    struct ev_loop* l = loop;
    loop = NULL, ear = second;
    ev_loop_destroy(l);
}

static void call_start(void) { ev_signal_start(second, &signal_second); }

static ev_timer far_timer;

static void far_called(struct ev_loop* l, ev_timer* w, int revents)
{
    (void)l, (void)w, (void)revents;
}

/* The other ways to wait: with a timer, and observed by the program. */
static void far_timer_start(void)
{
    ev_timer_init(&far_timer, far_called, 1000, 0);
    ev_timer_start(loop, &far_timer);
}

static void no_release(struct ev_loop* l) EV_NOEXCEPT { (void)l; }

static void observe(void)
{
    ev_set_loop_release_cb(loop, no_release, no_release);
}

const Function functions[] = {
    {"send", sends, NULL, call_send, &by_send, 0},
    {"send_canceled", sends, cancel_itself, call_send, &by_send, 0},
    {"feed", signals, NULL, call_feed, &by_feed, 0},
    {"feed_canceled", signals, cancel_itself, call_feed, &by_feed, 0},
    {"post", posts, NULL, call_post, &by_post, 0},
    {"post_canceled", posts, cancel_itself, call_post, &by_post, 0},
    {"handler", signals, NULL, call_handler, &by_kill, 0},
    {"look", looks, NULL, call_look, NULL, 0},
    {"look_at_events", looks, send_all, call_look, NULL, 1},
    {"wait", looks, NULL, call_wait, NULL, 0},
    {"wait_timed", looks, far_timer_start, call_wait, NULL, 0},
    {"wait_observed", looks, observe, call_wait, NULL, 0},
    {"renew", looks, NULL, call_renew, NULL, 0},
    {"signal_stop", stops, NULL, call_stop, NULL, 0},
    {"stopped_destroy", stops, first_stop, call_destroy, NULL, 0},
    {"destroy", stops, NULL, call_destroy, NULL, 0},
    {"signal_start", starts, first_stop, call_start, NULL, 0},
    {"signal_take_over", changes, NULL, call_start, NULL, 0},
};
const int functions_count = sizeof functions / sizeof *functions;

/* The actions. First those of a thread that has a loop. */

static int is_signal(void) { return source()->kind == call_signal; }

static void nothing(void) {}

static void stop(void)
{
    if (is_signal()) first_stop();
    else ev_async_stop(loop, &async);
}

static void start(void)
{
    if (is_signal()) ev_signal_start(loop, &signal_first);
    else ev_async_start(loop, &async);
}

static void restart(void)
{
    stop();
    start();
}

static void second_start(void)
{
    ear = second;
    ev_signal_start(second, &signal_second);
    if (!ev_is_active(&signal_second)) wrong("a free signal was refused");
}

/* A signal that is sent meanwhile may reach both loops. */
static void hand_over(void)
{
    first_stop();
    second_start();
}

static void destroy(void)
{
    first_stop();
    call_destroy();
    decoys();
}

/* A loop of another thread watches the signal as well. From then on it gets
 * it. */
static void second_try(void)
{
    ev_signal_start(second, &signal_second);
    if (!ev_is_active(&signal_second)) wrong("a signal was refused");
    source()->send();
    ev_run(second, EVRUN_NOWAIT);
    if (heard() != 1) wrong("active, but deaf");
}

static void second_at_last(void)
{
    if (!ev_is_active(&signal_second)) second_start();
    ear = second;
}

static void send_other(void)
{
    ev_async_send(loop, &other);
    ev_run(loop, EVRUN_NOWAIT);
    if (!calls[call_other]) wrong("the other watcher is deaf meanwhile");
}

static void interrupt(void)
{
    syscall(SYS_tgkill, getpid(), shared->walker, signum);
}

static void interrupt_own(void)
{
    syscall(SYS_tgkill, getpid(), shared->walker, signum_own);
}

static void interrupt_heard(void)
{
    if (!calls[call_signal]) wrong("the interrupting signal was lost");
}

static void interrupt_own_heard(void)
{
    int kind = is_task() ? call_task : call_async;
    if (!calls[kind]) wrong("the interrupting send was lost");
}

static void send(void) { source()->send(); }

/* Forks: the child leaves a note if something is wrong. */

static void* child_wakes(void* unused)
{
    (void)unused;
    while (!shared->waiting || !blocked(getpid(), getpid())) sched_yield();
    source()->send();
    if (!blocked_for_good(getpid(), getpid())) return NULL;
    wrong("the child is not woken");
    _exit(1);
}

/* An event that comes while it waits: the kernel has to wake it. */
static void child_wait(void)
{
    pthread_t thread;
    int had = heard();

    pthread_create(&thread, NULL, child_wakes, NULL);
    shared->waiting = 1;
    for (int i = 0; i < 3 && heard() == had; ++i) ev_run(loop, EVRUN_ONCE);
    shared->waiting = 0;
    if (heard() != had + 1) wrong("the child never got its event");
}

static void child_goes_on(void)
{
    ev_loop_fork(loop);
    source()->send();
    look();
    if (heard() < 1) wrong("the child is deaf");
    if (heard() > 2) wrong("the child heard what nobody sent");
    check_one();
    child_wait();
}

static void child_destroys(void)
{
    ev_signal_stop(loop, &signal_first);
    ev_async_stop(loop, &async);
    ev_loop_destroy(loop);
}

static void child_play(void (*play)(void))
{
    int status = -1;
    pid_t pid = fork();
    if (!pid) {
        alarm(60);
        play();
        _exit(0);
    }
    if (waitpid(pid, &status, 0) != pid || status)
        wrong("the child ended with status %#x", (unsigned)status);
}

static void forks(void) { child_play(child_goes_on); }
static void forks_unrenewed(void) { child_play(look); }
static void forks_posted(void) { child_play(child_posts); }
static void forks_to_destroy(void) { child_play(child_destroys); }

const Action actions[] = {
    {"go_on", all_senders, 1, 1, nothing, NULL, NULL},
    {"wait", all_senders, 1, 1, NULL, NULL, NULL},
    {"look", all_senders, 1, 1, look, NULL, NULL},
    {"fork", all_senders, 1, 1, forks, NULL, NULL},
    {"fork_unrenewed", all_senders, 1, 1, forks_unrenewed, NULL, NULL},
    {"fork_to_destroy", all_senders, 1, 1, forks_to_destroy, NULL, NULL},
    {"stop", sends | signals | may_wait, 0, 0, stop, start, NULL},
    {"restart", sends | signals | may_wait, 0, 1, restart, NULL, NULL},
    {"destroy", signals | may_wait, 0, 0, destroy, second_start, NULL},
    {"hand_over", signals, 0, 2, hand_over, NULL, NULL},
    {"send_other", all_senders, 1, 1, send_other, NULL, NULL},
    {"send_same", sends | signals, 1, 2, send, NULL, NULL},
    {"interrupt", all_senders, 1, 2, interrupt, interrupt_heard, NULL},
    {"interrupt_send", sends | signals, 1, 2, interrupt_own,
     interrupt_own_heard, NULL},

    {"post_same", posts, 2, 2, send, NULL, NULL},
    {"interrupt_post", posts, 2, 2, interrupt_own, interrupt_own_heard, NULL},
    {"fork_posted", posts, 1, 1, forks_posted, NULL, NULL},
    {"close_and_open", posts, 1, 1, tasks_close_and_open, NULL, NULL},

    {"send", looks, 1, 1, send, NULL, &by_send},
    {"feed", looks, 1, 1, send, NULL, &by_feed},
    {"post", looks, 1, 1, send, NULL, &by_post},
    {"kill", looks, 1, 1, send, NULL, &by_kill},
    {"interrupt_loop", looks, 1, 1, interrupt, NULL, &by_kill},
    {"interrupt_loop_send", looks, 1, 1, interrupt_own, NULL, &by_send},
    {"interrupt_loop_post", looks, 1, 1, interrupt_own, NULL, &by_post},

    {"feed_late", stops, 0, 1, send, second_start, &by_feed},
    {"kill_late", stops, 0, 1, send, second_start, &by_kill},
    {"interrupt_late", stops, 0, 1, interrupt, second_start, &by_kill},
    {"second_start", stops | may_wait, 0, 1, second_try, second_at_last,
     &by_kill},

    {"feed_early", starts, 0, 1, send, second_at_last, &by_feed},
    {"kill_early", starts, 0, 1, send, second_at_last, &by_kill},
    {"interrupt_early", starts, 0, 1, interrupt, second_at_last, &by_kill},
    {"first_stop", changes | may_wait, 0, 0, first_stop, second_at_last,
     &by_kill},
};
const int actions_count = sizeof actions / sizeof *actions;
