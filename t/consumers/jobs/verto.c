// A program on libverto, which hides event loops behind an API of its own and
// loads the module for libev at run time: what Kerberos servers wait with.
// For `perform`: tells its memory map, and each job that is done.

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <verto.h>

static int calls, late_calls;
static size_t sent, received;
static char order[16];

static void expect(int holds, const char* what)
{
    if (holds) return;
    printf("not so: %s\n", what);
    exit(1);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void on_end(verto_ctx* ctx, verto_ev* ev)
{
    (void)ev;
    verto_break(ctx);
}

static void on_late(verto_ctx* ctx, verto_ev* ev)
{
    (void)ctx, (void)ev;
    ++late_calls;
}

// Writes down the letter that the event was given.
static void on_letter(verto_ctx* ctx, verto_ev* ev)
{
    (void)ctx;
    strncat(order, verto_get_private(ev), 1);
}

static void on_third_tick(verto_ctx* ctx, verto_ev* ev)
{
    if (++calls < 3) return;
    verto_del(ev);
    verto_break(ctx);
}

// The time now, which the loop does not believe to be earlier.
static double loop_now(verto_ctx* ctx)
{
    double time = now();
    verto_add_timeout(ctx, 0, on_end, 0);
    verto_run(ctx);
    return time;
}

static void timeout_letter(verto_ctx* ctx, time_t ms, char* letter)
{
    verto_ev* ev = verto_add_timeout(ctx, VERTO_EV_FLAG_NONE, on_letter, ms);
    verto_set_private(ev, letter, NULL);
}

// Timeouts come in the order of their lengths, and none early; what is deleted
// never comes.
static void job_timeouts(verto_ctx* ctx)
{
    double begin = loop_now(ctx);
    timeout_letter(ctx, 30, "c");
    timeout_letter(ctx, 10, "a");
    verto_ev* never = verto_add_timeout(ctx, 0, on_late, 15);
    timeout_letter(ctx, 20, "b");
    verto_add_timeout(ctx, 0, on_end, 40);
    verto_del(never);
    verto_run(ctx);
    expect(now() - begin >= 0.039, "40 ms have gone by");
    expect(!strcmp(order, "abc"), "timeouts come in their order");
    expect(late_calls == 0, "a deleted timeout does not come");
}

static void job_repeated_timeout(verto_ctx* ctx)
{
    double begin = loop_now(ctx);
    verto_add_timeout(ctx, VERTO_EV_FLAG_PERSIST, on_third_tick, 5);
    verto_run(ctx);
    expect(calls == 3 && now() - begin >= 0.014, "three times 5 ms");
}

// A megabyte through a pipe, written as it has room and read as it has
// contents.
enum { amount = 1 << 20 };

static void on_writable(verto_ctx* ctx, verto_ev* ev)
{
    static char block[10000];
    (void)ctx;
    ssize_t n = write(verto_get_fd(ev), block, sizeof block);
    expect(n > 0, "a writable pipe takes something");
    expect(verto_get_fd_state(ev) & VERTO_EV_FLAG_IO_WRITE, "it is writable");
    sent += (size_t)n;
    if (sent >= amount) verto_del(ev);  // and closes the pipe
}

static void on_readable(verto_ctx* ctx, verto_ev* ev)
{
    char block[10000];
    ssize_t n = read(verto_get_fd(ev), block, sizeof block);
    expect(n >= 0, "a readable pipe gives something");
    received += (size_t)n;
    ++calls;
    if (n > 0) return;
    verto_del(ev);
    verto_break(ctx);
}

static void job_pipe(verto_ctx* ctx)
{
    int fds[2];
    sent = received = 0;
    expect(!pipe(fds), "there is a pipe");
    verto_ev_flag flags = VERTO_EV_FLAG_PERSIST | VERTO_EV_FLAG_IO_CLOSE_FD;
    verto_add_io(ctx, flags | VERTO_EV_FLAG_IO_WRITE, on_writable, fds[1]);
    verto_add_io(ctx, flags | VERTO_EV_FLAG_IO_READ, on_readable, fds[0]);
    verto_run(ctx);
    expect(sent == received && sent >= amount, "all that was sent arrives");
    expect(calls > 100, "in many pieces");
    expect(close(fds[0]) && close(fds[1]), "verto has closed both ends");
}

// An event that does not persist is called once, whatever is left to read; and
// its flags can be changed while it waits.
static void job_io_once(verto_ctx* ctx)
{
    int fds[2];
    expect(!pipe(fds) && write(fds[1], "xy", 2) == 2, "a pipe with contents");
    verto_ev* ev = verto_add_io(ctx, VERTO_EV_FLAG_IO_READ, on_letter, fds[0]);
    verto_set_private(ev, "r", NULL);
    ev = verto_add_io(ctx, VERTO_EV_FLAG_PERSIST | VERTO_EV_FLAG_IO_READ,
                      on_late, fds[1]);
    verto_add_timeout(ctx, 0, on_end, 10);
    verto_run(ctx);
    expect(!strcmp(order, "r"), "called once");
    expect(late_calls == 0, "nothing to read at that end");
    verto_set_flags(ev, VERTO_EV_FLAG_PERSIST | VERTO_EV_FLAG_IO_WRITE);
    verto_run_once(ctx);
    expect(late_calls == 1, "but it can be written to");
    verto_del(ev);
    close(fds[0]), close(fds[1]);
}

static void job_signals(verto_ctx* ctx)
{
    verto_ev* usr1 =
        verto_add_signal(ctx, VERTO_EV_FLAG_PERSIST, on_third_tick, SIGUSR1);
    verto_ev* usr2 =
        verto_add_signal(ctx, VERTO_EV_FLAG_NONE, on_letter, SIGUSR2);
    expect(usr1 && usr2, "signals are added");
    verto_set_private(usr2, "2", NULL);
    raise(SIGUSR1);
    raise(SIGUSR2);
    verto_run_once(ctx);
    expect(calls == 1 && !strcmp(order, "2"), "both have come");
    pid_t child = fork();
    if (child == 0) {  // two more, each of them after the loop has slept
        for (int i = 0; i < 2; ++i) usleep(20000), kill(getppid(), SIGUSR1);
        _exit(0);
    }
    verto_run(ctx);
    expect(calls == 3, "the others from outside");
    waitpid(child, NULL, 0);  // unless the loop has done so
}

static void on_child(verto_ctx* ctx, verto_ev* ev)
{
    int status = verto_get_proc_status(ev);
    long wanted = (long)verto_get_private(ev);
    expect(WIFEXITED(status) ? WEXITSTATUS(status) == wanted
                             : WTERMSIG(status) == SIGKILL && wanted == -1,
           "the status is that of the child");
    if (++calls == 10) verto_break(ctx);
}

static void job_children(verto_ctx* ctx)
{
    for (long i = -1; i < 9; ++i) {
        pid_t child = fork();
        if (child == 0 && i == -1) pause();
        if (child == 0) _exit((int)i);
        verto_ev* ev =
            verto_add_child(ctx, VERTO_EV_FLAG_NONE, on_child, child);
        expect(ev != NULL, "a child is added");
        verto_set_private(ev, (void*)i, NULL);
        if (i == -1) kill(child, SIGKILL);
    }
    verto_run(ctx);
    expect(waitpid(-1, NULL, WNOHANG) == -1, "all children are reaped");
}

// The loop does not sleep while somebody is idle: the timeout never comes.
static void job_idle(verto_ctx* ctx)
{
    verto_ev* never = verto_add_timeout(ctx, 0, on_late, 1000000);
    verto_add_idle(ctx, VERTO_EV_FLAG_PERSIST, on_third_tick);
    verto_run(ctx);
    expect(calls == 3 && late_calls == 0, "idle three times");
    verto_del(never);
}

// A forked child gets a loop of its own, with the events that may stay; what
// it gives up is not lost for its parent.
static void job_fork(verto_ctx* ctx)
{
    int stays[2], goes[2], status;
    char letter = 0;
    expect(!pipe(stays) && !pipe(goes), "there are pipes");
    verto_ev_flag flags = VERTO_EV_FLAG_PERSIST | VERTO_EV_FLAG_IO_READ;
    verto_ev* ev =
        verto_add_io(ctx, flags | VERTO_EV_FLAG_REINITIABLE, on_end, stays[0]);
    verto_ev* gone = verto_add_io(ctx, flags, on_third_tick, goes[0]);
    expect(ev && gone, "events are added");
    loop_now(ctx);  // the kernel knows them
    pid_t child = fork();
    if (child == 0) {
        expect(verto_reinitialize(ctx), "the loop is made anew");
        expect(write(goes[1], "x", 1) + write(stays[1], "y", 1) == 2, "sent");
        verto_run(ctx);
        expect(read(stays[0], &letter, 1) == 1 && letter == 'y', "it arrives");
        _exit(7 + calls);
    }
    expect(waitpid(child, &status, 0) == child && WIFEXITED(status)
               && WEXITSTATUS(status) == 7,
           "all is well in the child");
    verto_run(ctx);
    expect(calls == 3, "the parent keeps its own");
    verto_del(ev);
    close(stays[0]), close(stays[1]), close(goes[0]), close(goes[1]);
}

static void tell_map(void)
{
    char line[1000];
    FILE* maps = fopen("/proc/self/maps", "r");
    while (fgets(line, sizeof line, maps)) fputs(line, stdout);
    fclose(maps);
}

struct job {
    const char* name;
    void (*run)(verto_ctx*);
    verto_ev_type type;
};

static const struct job jobs[] = {
    {"timeouts", job_timeouts, VERTO_EV_TYPE_TIMEOUT},
    {"a repeated timeout", job_repeated_timeout, VERTO_EV_TYPE_TIMEOUT},
    {"a pipe", job_pipe, VERTO_EV_TYPE_IO},
    {"an event once", job_io_once, VERTO_EV_TYPE_IO},
    {"idle", job_idle, VERTO_EV_TYPE_IDLE},
    {"fork", job_fork, VERTO_EV_TYPE_IO},
    {"signals", job_signals, VERTO_EV_TYPE_SIGNAL},
    {"children", job_children, VERTO_EV_TYPE_CHILD},
};

static void run_jobs(verto_ctx* ctx, int types, const char* which)
{
    expect(ctx != NULL, "there is a module for libev");
    expect(!(~(int)verto_get_supported_types(ctx) & types), "it has all types");
    for (size_t i = 0; i < sizeof jobs / sizeof *jobs; ++i) {
        if (!(jobs[i].type & types)) continue;
        calls = late_calls = 0;
        memset(order, 0, sizeof order);
        jobs[i].run(ctx);
        printf("ok %s%s\n", jobs[i].name, which);
    }
}

int main(void)
{
    int types = VERTO_EV_TYPE_IO | VERTO_EV_TYPE_TIMEOUT | VERTO_EV_TYPE_IDLE;
    setvbuf(stdout, NULL, _IONBF, 0);
    verto_ctx* loop = verto_default("libev", types);
    tell_map();
    run_jobs(loop, types | VERTO_EV_TYPE_SIGNAL | VERTO_EV_TYPE_CHILD, "");
    verto_ctx* second = verto_new("libev", types);
    run_jobs(second, types, ", in a second loop");
    verto_free(second);
    verto_free(loop);
    verto_cleanup();
    return 0;
}
