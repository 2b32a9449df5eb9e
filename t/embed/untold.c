/* Embed watchers and what a child starts without ev_loop_fork, in loops that it
 * shares with its parent.
 */
#include "apart.h"

typedef struct Loops {
    struct ev_loop *outer, *inner;
    ev_embed embed;
    ev_io writer; /* in the inner loop: it was ready before it was registered */
} Loops;

static char before[8192], after[8192];

static void io_ignore(struct ev_loop* loop, ev_io* w, int revents)
{
    (void)loop, (void)w, (void)revents;
}

static void child_embeds(void* arg)
{
    Loops* loops = arg;
    ev_embed_start(loops->outer, &loops->embed);
    ev_embed_stop(loops->outer, &loops->embed);
}

static void test_embed_untold_child_starts_parents_set_stays(void** state)
{
    /* R4.4: what a child starts before ev_loop_fork changes no epoll set of its
     * parent, also if the embedded loop has put off a registration. */
    Loops loops;
    int fds[2];

    (void)state;
    assert_int_equal(pipe(fds), 0);
    loops.outer = loop_new(0);
    loops.inner = ev_loop_new(embeddable_backend());
    assert_non_null(loops.inner);
    ev_io_init(&loops.writer, io_ignore, fds[1], EV_WRITE);
    ev_io_start(loops.inner, &loops.writer);
    turn(loops.inner);
    ev_embed_init(&loops.embed, NULL, loops.inner);

    kernel_state_read(before, sizeof before);
    int status = child_status(child_fork(child_embeds, &loops));
    kernel_state_read(after, sizeof after);
    assert_int_equal(status, 0);
    assert_string_equal(after, before);

    ev_io_stop(loops.inner, &loops.writer);
    ev_loop_destroy(loops.inner);
    ev_loop_destroy(loops.outer);
    close(fds[0]), close(fds[1]);
}

static ev_io reader;
static pid_t child;

/* The parent waits here for the end of the child. */
static void io_forks(struct ev_loop* loop, ev_io* w, int revents)
{
    (void)revents;
    ev_io_stop(loop, w);
    kernel_state_read(before, sizeof before);
    fflush(NULL);
    child = fork();
    if (!child) return ev_io_start(loop, &reader);
    assert_int_equal(child_status(child), 0);
    kernel_state_read(after, sizeof after);
}

static void test_embed_fork_in_a_sweep_parents_set_stays(void** state)
{
    /* R4.4: a callback of the inner loop forks, just before the outer one
     * blocks, and starts a watcher in the child. */
    Loops loops;
    int fds[2];

    (void)state;
    if (!fork_clears_pages()) skip();
    child = -1;
    assert_int_equal(pipe(fds), 0);
    loops.outer = loop_new(0);
    loops.inner = ev_loop_new(embeddable_backend());
    assert_non_null(loops.inner);
    ev_embed_init(&loops.embed, NULL, loops.inner);
    ev_embed_start(loops.outer, &loops.embed);
    turn(loops.outer);
    ev_io_init(&loops.writer, io_forks, fds[1], EV_WRITE);
    ev_io_init(&reader, io_ignore, fds[0], EV_READ);
    ev_io_start(loops.inner, &loops.writer);
    turn(loops.outer);
    if (!child) _exit(0);
    assert_true(child > 0);
    assert_string_equal(after, before);

    ev_embed_stop(loops.outer, &loops.embed);
    ev_loop_destroy(loops.inner);
    ev_loop_destroy(loops.outer);
    close(fds[0]), close(fds[1]);
}

static const Test tests[] = {
    OURS(test_embed_untold_child_starts_parents_set_stays),
    OURS(test_embed_fork_in_a_sweep_parents_set_stays),
};

HARNESS_MAIN("embed_untold", tests)
