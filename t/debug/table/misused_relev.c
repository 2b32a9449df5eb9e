/* Programs that misuse the functions of relev.h that act on a loop: each is
 * found, with the text of its case. */
#include "by_thread.h"

/* In the wrong thread, or after the end of the loop. */
static ev_timer timer;
static struct relev_task task, second;

static void on_task(struct ev_loop* l, struct relev_task* t)
{
    (void)l, (void)t;
}
static void on_call(struct ev_loop* l, void* arg) { (void)l, (void)arg; }

static void each_forget(void) { relev_fd_forget(loop, 0); }
static void each_after(void) { relev_timer_after(loop, &timer, 1.); }
static void each_unpost(void) { relev_post_close(loop, NULL); }
static void each_close(void) { relev_loop_close(loop, NULL); }
static void each_sender(void)
{
    struct relev_sender by;
    ev_signal usr1;
    ev_signal_init(&usr1, NULL, SIGUSR1);
    relev_signal_info(loop, &usr1, &by, sizeof by);
}
static void each_call(void) { relev_call(loop, on_call, NULL); }
static void each_post(void)
{
    task.run = on_task;
    relev_post(loop, &task);
}

static void thread_forget(void) { by_thread(each_forget); }
static void thread_after(void) { by_thread(each_after); }
static void thread_unpost(void) { by_thread(each_unpost); }
static void ended_forget(void) { after_end(each_forget); }
static void ended_after(void) { after_end(each_after); }
static void ended_unpost(void) { after_end(each_unpost); }
static void ended_close(void) { after_end(each_close); }
static void ended_sender(void) { after_end(each_sender); }
static void ended_call(void) { after_end(each_call); }
static void ended_post(void) { after_end(each_post); }

/* The end that is named is the program's call of relev_loop_close. */
static void closed_and_used(void)
{
    ev_timer_init(&timer, nothing, 1., 0.);
    relev_loop_close(loop, NULL);
    ev_timer_start(loop, &timer);
}

static void closes(struct ev_loop* l, ev_timer* w, int revents)
{
    (void)w, (void)revents;
    relev_loop_close(l, NULL);
}

static void closed_in_callback(void)
{
    ev_timer_init(&timer, closes, 0., 0.);
    ev_timer_start(loop, &timer);
    ev_run(loop, 0);
}

static void posted(void (*run)(struct ev_loop*, struct relev_task*))
{
    MUST(!relev_post_open(loop));
    task.run = second.run = run;
    relev_post(loop, &task);
}

static void posted_twice(void)
{
    posted(on_task);
    relev_post(loop, &second);
    relev_post(loop, &task);
    ev_run(loop, EVRUN_NOWAIT);
}

/* While it waits for those before it in the list that the loop has taken. */
static void posts_second(struct ev_loop* l, struct relev_task* t)
{
    static struct relev_task other = {NULL, on_task};
    if (t != &task) return;
    if (ev_userdata(l)) relev_post(l, &other);
    relev_post(l, &second);
}

static void posted_while_taken(void)
{
    static struct relev_task third = {NULL, on_task};
    posted(posts_second);
    relev_post(loop, &second);
    relev_post(loop, &third);
    ev_run(loop, EVRUN_NOWAIT);
}

static void posted_after_another(void)
{
    ev_set_userdata(loop, &loop);
    posted_while_taken();
}

/* What follows from it is not reported as well. */
static void closed_while_freed(void)
{
    char text[2000];
    int lines = 0;
    ev_timer* w = (ev_timer*)malloc(sizeof *w);
    ev_timer_init(w, nothing, 60., 0.);
    ev_timer_start(loop, w);
    free(w);
    relev_loop_close(loop, NULL);
    int fd = open("close.log", O_RDONLY);
    ssize_t n = read(fd, text, sizeof text);
    for (ssize_t i = 0; i < n; ++i) lines += text[i] == '\n';
    unlink("close.log");
    printf("relev-debug[1]: %d\n", lines);
}

static void destroys(struct ev_loop* l, struct relev_task* t)
{
    (void)t;
    ev_loop_destroy(l);
}

static void destroyed_by_task(void)
{
    posted(destroys);
    ev_run(loop, EVRUN_NOWAIT);
}

static void unrun(struct relev_task* t) { destroys(loop, t); }

static void destroyed_by_unrun(void)
{
    posted(on_task);
    relev_post_close(loop, unrun);
}

static void on_slow(struct ev_loop* l, const struct relev_slow* s, void* data)
{
    (void)s, (void)data;
    ev_loop_destroy(l);
}

static void destroyed_by_slow(void)
{
    relev_set_slow_cb(loop, 0., on_slow, NULL);
    ev_timer_init(&timer, nothing, 0., 0.);
    ev_timer_start(loop, &timer);
    ev_run(loop, 0);
}

static void sleeps(struct ev_loop* l, struct relev_task* t)
{
    (void)l, (void)t;
    usleep(40000);
}

static void slow_task(void)
{
    posted(sleeps);
    ev_run(loop, EVRUN_NOWAIT);
}

#define TWO "the loop is used by two threads at once; "
#define END "the loop is destroyed; "
#define AT " called at misused_relev.* by thread [0-9]*"
#define DESTROYED AT "; ev_loop_destroy called at misused_relev.*"
#define LOST                                                          \
    "a task was posted again before it ran; found at the task 0x.*, " \
    "function misused_relev.*"
#define BY "ev_loop_destroy is called by a callback of the loop; "

static const struct entry all[] = {
    {"thread_forget", thread_forget, 0, TWO "relev_fd_forget" AT ".*"},
    {"thread_after", thread_after, 0, TWO "relev_timer_after" AT ".*"},
    {"thread_unpost", thread_unpost, 0, TWO "relev_post_close" AT ".*"},
    {"ended_forget", ended_forget, 0, END "relev_fd_forget" DESTROYED},
    {"ended_after", ended_after, 0, END "relev_timer_after" DESTROYED},
    {"ended_unpost", ended_unpost, 0, END "relev_post_close" DESTROYED},
    {"ended_close", ended_close, 0, END "relev_loop_close" DESTROYED},
    {"ended_sender", ended_sender, 0, END "relev_signal_info" DESTROYED},
    {"ended_call", ended_call, 0, END "relev_call" DESTROYED},
    {"ended_post", ended_post, 0, END "relev_post" DESTROYED},
    {"closed_and_used", closed_and_used, 0, END "ev_timer_start" DESTROYED},
    {"closed_in_callback", closed_in_callback, 0,
     "ev_timer 0x.* \\(callback .*\\): " BY "ev_loop_destroy" AT},
    {"posted_twice", posted_twice, 0,
     "a task is posted again before it ran: 0x[0-9a-f]*, function "
     "misused_relev.*"},
    {"posted_while_taken", posted_while_taken, 0, LOST},
    {"posted_after_another", posted_after_another, 0, LOST},
    {"closed_while_freed", closed_while_freed, "log=close.log", "1"},
    {"destroyed_by_task", destroyed_by_task, 0,
     "ev_loop_destroy is called by a callback of the loop; during the callback "
     "misused_relev\\+0x[0-9a-f]*; ev_loop_destroy" AT},
    {"destroyed_by_unrun", destroyed_by_unrun, 0, BY "ev_loop_destroy" AT},
    {"destroyed_by_slow", destroyed_by_slow, 0, BY "ev_loop_destroy" AT},
    {"slow_task", slow_task, "slow=.02",
     "the callback took [0-9]* ms: misused_relev\\+0x[0-9a-f]*"},
};

int main(int argc, char** argv)
{
    (void)argc;
    ev_timer_init(&timer, nothing, 60., 0.);
    return table(all, sizeof all / sizeof *all, argv);
}
