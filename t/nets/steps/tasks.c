/* Tasks of relev_post as events: none is lost, and none runs twice, wherever
 * its thread is stopped.
 */
#include <stdlib.h>

#include "relev.h"
#include "steps.h"

enum { tasks_most = 64 };

static struct relev_task tasks[tasks_most];
static int posted; /* any thread and any signal handler posts */

static void task_runs(struct ev_loop* l, struct relev_task* task)
{
    if (l != loop) wrong("a task runs in another loop");
    if (!task->run) wrong("a task runs twice");
    task->run = NULL;
    ++calls[call_task];
}

static void send_task(void)
{
    int i = __atomic_fetch_add(&posted, 1, __ATOMIC_SEQ_CST);
    if (i >= tasks_most) abort();
    tasks[i].run = task_runs;
    relev_post(loop, &tasks[i]);
}

const Source by_post = {call_task, send_task};

int is_task(void) { return source()->kind == call_task; }

static void task_unrun(struct relev_task* task) { task_runs(loop, task); }

void tasks_close_and_open(void)
{
    relev_post_close(loop, task_unrun);
    relev_post_open(loop);
}

/* A task that was pushed, and whose thread does not exist here, runs at once,
 * not with the next one. */
void child_posts(void)
{
    ev_loop_fork(loop);
    look();
    if (heard() > 1) wrong("the child ran a task twice");
    check_one();
}
