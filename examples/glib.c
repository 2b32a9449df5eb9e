/* A main loop of GLib that drives a loop of this library: timers, descriptors,
 * signals and another thread wake it up, and nothing polls. The first part can
 * be copied. See relev_foreign(3).
 *
 * Build: cc -o glib glib.c $(pkg-config --cflags --libs glib-2.0) -lev
 * Usage: glib [SECONDS]; prints what came meanwhile, and how often the main
 * loop waited.
 */
#include <glib.h>
#include <relev.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A source of GLib for a loop. */

typedef struct {
    GSource source;
    struct ev_loop* loop;
    int fd;       /* that GLib watches for it, or -1 */
    gpointer tag; /* of GLib, for fd */
    gint64 due;   /* when ev_run must be called, in microseconds */
} LoopSource;

/* The descriptor changes when the loop has to make a new epoll set. */
static void source_watch(LoopSource* s)
{
    int fd = relev_backend_fd(s->loop);
    if (fd == s->fd) return;
    if (s->fd >= 0) g_source_remove_unix_fd(&s->source, s->tag);
    if (fd >= 0) s->tag = g_source_add_unix_fd(&s->source, fd, G_IO_IN);
    s->fd = fd;
}

/* Times are rounded up: if GLib woke up early, it would have to wait again. */
static gboolean source_prepare(GSource* source, gint* timeout)
{
    LoopSource* s = (LoopSource*)source;
    double wait = relev_prepare(s->loop);
    source_watch(s);
    s->due = g_get_monotonic_time() + (gint64)(wait * 1e6) + 1;
    *timeout = (gint)(wait * 1e3) + 1;
    return wait <= 0;
}

static gboolean source_check(GSource* source)
{
    LoopSource* s = (LoopSource*)source;
    return g_source_query_unix_fd(source, s->tag)
        || g_get_monotonic_time() >= s->due;
}

static gboolean source_dispatch(GSource* source, GSourceFunc f, gpointer data)
{
    (void)f, (void)data;
    ev_run(((LoopSource*)source)->loop, EVRUN_NOWAIT);
    return G_SOURCE_CONTINUE;
}

/* A callback may run the main loop, as it may call ev_run. If it may not, GLib
 * removes the descriptor during each dispatch, and wakes itself up for that. */
static GSource* source_new(struct ev_loop* loop)
{
    static GSourceFuncs functions = {
        source_prepare, source_check, source_dispatch, NULL, NULL, NULL};
    GSource* source = g_source_new(&functions, sizeof(LoopSource));
    ((LoopSource*)source)->loop = loop;
    ((LoopSource*)source)->fd = -1;
    g_source_set_can_recurse(source, TRUE);
    return source;
}

/* From here on it is a program with a bit of everything. What is sent is sent
 * again only after it came, so that all can be counted. */

static int timers, glib_timers, waits;
static int written, received, raised, signals, sent, asyncs;
static int ends[2], ended;
static ev_async async;
static GAsyncQueue* answers;

static void on_timer(struct ev_loop* loop, ev_timer* w, int revents)
{
    (void)loop, (void)w, (void)revents;
    ++timers;
}

static void on_input(struct ev_loop* loop, ev_io* w, int revents)
{
    char byte;
    (void)loop, (void)revents;
    if (read(w->fd, &byte, 1) == 1) ++received;
}

static void on_signal(struct ev_loop* loop, ev_signal* w, int revents)
{
    (void)loop, (void)w, (void)revents;
    ++signals;
}

static void on_async(struct ev_loop* loop, ev_async* w, int revents)
{
    (void)loop, (void)w, (void)revents;
    ++asyncs;
    g_async_queue_push(answers, answers);
}

static gpointer thread(gpointer loop)
{
    while (!g_atomic_int_get(&ended)) {
        g_usleep(9000);
        ++sent;
        ev_async_send((struct ev_loop*)loop, &async);
        g_async_queue_timeout_pop(answers, 60 * G_USEC_PER_SEC);
    }
    return NULL;
}

static gboolean on_glib_timer(gpointer data)
{
    (void)data;
    ++glib_timers;
    if (written == received && write(ends[1], "", 1) == 1) ++written;
    if (glib_timers % 4 == 0 && raised == signals) ++raised, raise(SIGUSR1);
    return G_SOURCE_CONTINUE;
}

/* The thread may wait for the last answer. */
static gboolean on_end(gpointer main_loop)
{
    g_atomic_int_set(&ended, 1);
    g_main_loop_quit((GMainLoop*)main_loop);
    g_async_queue_push(answers, answers);
    return G_SOURCE_REMOVE;
}

static gint wait_counted(GPollFD* fds, guint count, gint timeout)
{
    ++waits;
    return g_poll(fds, count, timeout);
}

static void watchers_start(struct ev_loop* loop)
{
    static ev_timer timer;
    static ev_io input;
    static ev_signal usr1;
    ev_timer_init(&timer, on_timer, .01, .01);
    ev_timer_start(loop, &timer);
    ev_io_init(&input, on_input, ends[0], EV_READ);
    ev_io_start(loop, &input);
    ev_signal_init(&usr1, on_signal, SIGUSR1);
    ev_signal_start(loop, &usr1);
    ev_async_init(&async, on_async);
    ev_async_start(loop, &async);
}

int main(int argc, char** argv)
{
    guint seconds = argc > 1 ? (guint)atoi(argv[1]) : 5;
    struct ev_loop* loop = ev_default_loop(EVBACKEND_EPOLL);
    GMainLoop* main_loop = g_main_loop_new(NULL, FALSE);
    GSource* source;
    GThread* sender;

    if (!loop || pipe(ends)) {
        perror("no epoll, or no pipe");
        return 1;
    }
    answers = g_async_queue_new();
    watchers_start(loop);
    source = source_new(loop);
    g_source_attach(source, NULL);
    g_main_context_set_poll_func(NULL, wait_counted);
    g_timeout_add(13, on_glib_timer, NULL);
    g_timeout_add_seconds(seconds, on_end, main_loop);

    sender = g_thread_new("sender", thread, loop);
    g_main_loop_run(main_loop);
    g_thread_join(sender);

    printf("%d timers, %d of %d bytes, %d of %d signals, %d of %d asyncs\n",
           timers, received, written, signals, raised, asyncs, sent);
    printf("%d timers of GLib, %d waits\n", glib_timers, waits);
    g_source_destroy(source), g_source_unref(source);
    g_main_loop_unref(main_loop);
    g_async_queue_unref(answers);
    return 0;
}
