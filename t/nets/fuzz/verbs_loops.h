/* Verbs that do something to a loop, or to the world around it. */
#ifndef VERBS_LOOPS_H_
#define VERBS_LOOPS_H_

#include <sys/stat.h>

#include "verbs_watchers.h"

static void run(int i, int flags)
{
    struct ev_loop* loop = places[i].loop;
    unsigned before = ev_depth(loop);
    trace(" %d flags %d\n", i, flags);
    int left = ev_run(loop, flags);
    must(ev_depth(loop) == before);
    references_check(i, left);
}

static void verb_run(void)
{
    int i = take_place();
    int flags = take(4);
    if (play.depth < depth_most) run(i, flags);
}

static void verb_turn(void)
{
    int i = take_place();
    if (play.depth < depth_most) run(i, EVRUN_NOWAIT);
}

static void verb_break(void)
{
    int i = take_place();
    ev_break(places[i].loop, take(3));
}

static void verb_ref(void)
{
    Place* p = &places[take_place()];
    if (p->refs > 8) return;
    ev_ref(p->loop);
    ++p->refs;
}

static void verb_unref(void)
{
    Place* p = &places[take_place()];
    if (!p->refs) return;
    ev_unref(p->loop);
    --p->refs;
}

static void verb_fork(void) { ev_loop_fork(places[take_place()].loop); }

static void verb_suspend(void) { ev_suspend(places[take_place()].loop); }

static void verb_resume(void) { ev_resume(places[take_place()].loop); }

static void verb_now_update(void) { ev_now_update(places[take_place()].loop); }

static void verb_invoke_pending(void)
{
    struct ev_loop* loop = places[take_place()].loop;
    if (play.depth >= depth_most) return;
    ev_invoke_pending(loop);
    must(!ev_pending_count(loop));
}

static void verb_collect(void)
{
    struct ev_loop* loop = places[take_place()].loop;
    ev_set_io_collect_interval(loop, take_delay());
    ev_set_timeout_collect_interval(loop, take_delay());
}

static void invoke_nothing(struct ev_loop* loop) { (void)loop; }

static void invoke_all(struct ev_loop* loop) { ev_invoke_pending(loop); }

static void verb_invoke_cb(void)
{
    struct ev_loop* loop = places[take_place()].loop;
    int how = take(4);
    ev_set_invoke_pending_cb(loop, how == 0   ? invoke_nothing
                                   : how == 1 ? invoke_all
                                              : ev_invoke_pending);
}

/* Only feeds: running a loop from here is an error. */
static void around_wait(struct ev_loop* loop) EV_NOEXCEPT
{
    Slot* s = &slots[TIMER * per_kind];
    if (!slot_in_use(s)) s->loop = place_of(loop);
    if (s->loop != place_of(loop) || !take(2)) return;
    ev_feed_event(loop, s->w, EV_CUSTOM);
    s->fed |= EV_CUSTOM;
    s->quiet = 0;
}

static void verb_release_cb(void)
{
    struct ev_loop* loop = places[take_place()].loop;
    ev_set_loop_release_cb(loop, take(2) ? around_wait : NULL,
                           take(2) ? around_wait : NULL);
}

static void on_once(int revents, void* arg)
{
    Place* p = arg;
    must(p >= places && p < places + loop_count && p->onces);
    must(revents && !(revents & ~(EV_READ | EV_WRITE | EV_TIMER | EV_ERROR)));
    if (play.depth >= depth_most) return;
    ++play.depth;
    ++p->inside;
    for (int verbs = take(4); verbs && input_left(); --verbs) play_verb();
    --p->inside;
    --play.depth;
}

static void verb_once(void)
{
    Place* p = &places[take_place()];
    int i = take(fd_count + 1);
    int events = take(4);
    ++p->onces;
    ev_once(p->loop, i < fd_count ? fds[i].fd : -1, events, take_delay(),
            on_once, p);
}

static void verb_destroy(void)
{
    int i = take_place();
    unsigned flags = take_flags();
    if (!place_idle(i) || embedded(i) || play.dying) return;
    place_close(i);
    place_open(i, flags);
}

/* Out of all callbacks at once, to the first level. */
static void verb_leave(void)
{
    if (play.depth && !play.dying && take(2)) longjmp(play.home, 1);
}

static void verb_open(void)
{
    int i = take(fd_count);
    fd_open(i, take(4));
}

static void verb_close(void) { fd_shut(take(fd_count)); }

static void verb_replace(void)
{
    int i = take(fd_count);
    fd_replace(i, take(fd_count));
}

/* Closed and opened again under a watcher, which says so as it should. */
static void verb_reuse(void)
{
    Slot* s = take_kind(IO);
    ev_io* w = &s->w->io;
    if (!slot_active(s) || s->fd < 0 || !fds[s->fd].open) return;
    int mask = w->events;
    stop(s);
    if (take(2)) fd_keep(s->fd);
    fd_open(s->fd, take(4));
    ev_io_set(w, fds[s->fd].fd, mask);
    s->closed = fds[s->fd].closed;
    begin(s, places[s->loop].loop);
}

static void verb_write(void) { fd_write(take(fd_count)); }

static void verb_drain(void) { fd_drain(take(fd_count)); }

static void verb_hang_up(void) { fd_hang_up(take(fd_count)); }

static void verb_fill(void) { fd_fill(take(fd_count)); }

static void verb_feed_fd(void)
{
    struct ev_loop* loop = places[take_place()].loop;
    int i = take(fd_count + 2);
    ev_feed_fd_event(loop, i < fd_count ? fds[i].fd : TAKE_FROM(strange_fds),
                     take(4));
}

static void verb_feed_signal(void)
{
    ev_feed_signal(TAKE_FROM(strange_signals));
}

static void verb_feed_signal_event(void)
{
    struct ev_loop* loop = places[take_place()].loop;
    ev_feed_signal_event(loop, TAKE_FROM(strange_signals));
}

static void verb_raise(void) { raise(TAKE_FROM(signals)); }

static void verb_child(void)
{
    static const int statuses[] = {0, 0x100, 9, 0x137f, 0xffff};
    int pid = TAKE_FROM(pids);
    system_child(pid ? pid : 199, TAKE_FROM(statuses));
    raise(SIGCHLD);
}

static void verb_advance(void)
{
    double by = take_delay();
    system_advance(by > 0 ? by : 0);
}

static void verb_jump(void) { system_jump((take(2) ? 1 : -1) * take_delay()); }

static void path_rename(const char* from, const char* to)
{
    struct stat st;
    if (!lstat(from, &st) && S_ISREG(st.st_mode)) rename(from, to);
}

static void verb_path(void)
{
    const char* path = paths[take(6)];
    int fd;
    play.littered = 1;
    switch (take(5)) {
        case 0:
            fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
            if (fd < 0) return;
            must(write(fd, "x", 1) == 1);
            close(fd);
            break;
        case 1:
            unlink(path);
            break;
        case 2:
            mkdir(path, 0700);
            break;
        case 3:
            path_rename(path, paths[take(6)]);
            break;
        default:
            rmdir(path);
            break;
    }
}

static void signals_reset(void)
{
    sigset_t none;
    for (size_t i = 0; i < sizeof signals / sizeof *signals; ++i) {
        signal(signals[i], SIG_IGN); /* which forgets one that is blocked */
        signal(signals[i], SIG_DFL);
    }
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void paths_remove(void)
{
    for (int pass = 0; pass < 3; ++pass)
        for (int i = 6; i--;) {
            unlink(paths[i]);
            rmdir(paths[i]);
        }
}

#endif
