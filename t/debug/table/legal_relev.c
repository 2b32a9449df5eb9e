/* Legal programs with the functions of relev.h that act on a loop, and with
 * several stacks and processes: nothing is reported. */
#include "by_thread.h"

#include <spawn.h>
#include <ucontext.h>

static ev_timer timer;
static struct relev_task task, second;

static void on_task(struct ev_loop* l, struct relev_task* t)
{
    (void)l, (void)t;
}

/* Forgotten, closed, and the number used again. */
static void forgotten(void)
{
    for (int i = 0; i < 3; ++i) {
        ev_io io;
        int fd = eventfd(0, 0);
        ev_io_init(&io, on_io, fd, EV_READ);
        ev_io_start(loop, &io);
        ev_run(loop, EVRUN_NOWAIT);
        MUST(relev_fd_forget(loop, fd) == 1);
        close(fd);
        ev_run(loop, EVRUN_NOWAIT);
    }
}

static void frees(struct ev_loop* l, int type, void* w)
{
    MUST(l == loop && type == EV_TIMER);
    free(w);
}

static void ask_sender(void)
{
    struct relev_sender by;
    ev_signal usr1;
    ev_signal_init(&usr1, NULL, SIGUSR1);
    relev_signal_info(loop, &usr1, &by, sizeof by);
}

static void sender_asked_by_thread(void) { by_thread(ask_sender); }

static void closed_with_watchers(void)
{
    for (int i = 0; i < 9; ++i) {
        ev_timer* w = (ev_timer*)malloc(sizeof *w);
        ev_timer_init(w, nothing, i, 0.);
        ev_timer_start(loop, w);
        relev_timer_after(loop, w, i + 1.);
    }
    MUST(relev_loop_close(loop, frees) == 9);
}

static void closed_by_child(void)
{
    ev_timer_init(&timer, nothing, 60., 0.);
    ev_timer_start(loop, &timer);
    ev_run(loop, EVRUN_NOWAIT);
    pid_t child = fork();
    if (!child) _exit(relev_loop_close(loop, NULL) != 1);
    joined(child);
    ev_run(loop, EVRUN_NOWAIT);
}

static void in_virtual_time(void)
{
    ev_loop_destroy(loop);
    loop = relev_loop_new_virtual(0, 1e9);
    ev_timer_init(&timer, nothing, 3600., 3600.);
    ev_timer_start(loop, &timer);
    for (int i = 0; i < 50; ++i) ev_run(loop, EVRUN_ONCE);
    MUST(!relev_virtual_set_wall(loop, 5.));
    MUST(!relev_virtual_advance(loop, 1e5));
    ev_run(loop, EVRUN_ONCE);
    MUST(relev_loop_close(loop, NULL) == 1);
}

static void exclusive(void)
{
    ev_io io;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    MUST(!listen(fd, 5));
    ev_io_init(&io, on_io, fd, EV_READ | RELEV_EXCLUSIVE);
    for (int i = 0; i < 3; ++i) {
        ev_io_start(loop, &io);
        ev_run(loop, EVRUN_NOWAIT);
        ev_run(loop, EVRUN_NOWAIT);
        ev_io_stop(loop, &io);
    }
}

static void on_signal(int signum) { (void)signum, relev_post(loop, &second); }

static void posted_by_handler(void)
{
    MUST(!relev_post_open(loop));
    task.run = second.run = on_task;
    relev_post(loop, &task);
    signal(SIGUSR1, on_signal);
    raise(SIGUSR1);
    ev_run(loop, EVRUN_NOWAIT);
    raise(SIGUSR1);
    relev_post(loop, &task);
    relev_post_close(loop, NULL);
}

/* A callback goes on after ev_run was called on another stack. */
static ucontext_t outside, fiber;

static void switches(struct ev_loop* l, ev_timer* w, int revents)
{
    (void)l, (void)w, (void)revents;
    swapcontext(&fiber, &outside);
}

static void runs(void) { ev_run(loop, EVRUN_ONCE); }

static void on_two_stacks(void)
{
    ev_timer inner;
    ev_timer_init(&timer, switches, 0., 0.);
    ev_timer_start(loop, &timer);
    getcontext(&fiber);
    fiber.uc_stack.ss_size = 1 << 17;
    fiber.uc_stack.ss_sp = malloc(fiber.uc_stack.ss_size);
    fiber.uc_link = &outside;
    makecontext(&fiber, runs, 0);
    swapcontext(&outside, &fiber);
    ev_timer_init(&inner, nothing, 0., 0.);
    ev_timer_start(loop, &inner);
    runs();
    swapcontext(&outside, &fiber);
    runs();
}

extern char** environ;

static void spawned(void)
{
    char name[] = "true", *arguments[] = {name, NULL};
    ev_timer_init(&timer, nothing, .001, .001);
    ev_timer_start(loop, &timer);
    for (int i = 0; i < 4; ++i) {
        pid_t child;
        MUST(!posix_spawnp(&child, name, NULL, NULL, arguments, environ));
        ev_run(loop, EVRUN_ONCE);
        joined(child);
    }
}

static const struct entry all[] = {
    {"forgotten", forgotten, 0, 0},
    {"sender_asked_by_thread", sender_asked_by_thread, 0, 0},
    {"closed_with_watchers", closed_with_watchers, 0, 0},
    {"closed_by_child", closed_by_child, 0, 0},
    {"in_virtual_time", in_virtual_time, 0, 0},
    {"exclusive", exclusive, 0, 0},
    {"posted_by_handler", posted_by_handler, 0, 0},
    {"on_two_stacks", on_two_stacks, 0, 0},
    {"spawned", spawned, 0, 0},
};

int main(int argc, char** argv)
{
    (void)argc;
    return table(all, sizeof all / sizeof *all, argv);
}
