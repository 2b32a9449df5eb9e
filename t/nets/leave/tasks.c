/* Tasks of relev_post, which libev does not have. */
#include <relev.h>
#include <stdlib.h>

#include "leave.h"

#pragma weak relev_post_open
#pragma weak relev_post
#pragma weak relev_call
#pragma weak relev_post_close

typedef struct Task {
    struct relev_task task;
    Item* item;
} Task;

static Task tasks[2];
static const char* const names[] = {"task", "second task"};

static int are_used(void)
{
    return world.program.has & has_tasks && !world.is_reference;
}

void tasks_make(void)
{
    for (int i = 0; are_used() && i < 2; ++i) item_make(names[i], EV_CUSTOM);
    if (are_used()) item_make("called", EV_CUSTOM);
}

void tasks_open(void)
{
    if (are_used() && relev_post_open(world.loop)) abort();
}

static void on_task(struct ev_loop* loop, struct relev_task* task)
{
    Item* item = ((Task*)task)->item;
    if (loop != world.loop) wrong("a task runs in another loop");
    task->run = NULL; /* a second run would crash */
    on_once(EV_CUSTOM, item);
}

static void on_call(struct ev_loop* loop, void* item)
{
    (void)loop;
    on_once(EV_CUSTOM, item);
}

/* By another thread. */
void tasks_post(void)
{
    if (!are_used()) return;
    for (int i = 0; i < 2; ++i) {
        tasks[i].task.run = on_task;
        tasks[i].item = item_find(names[i]);
        item_owe(names[i]);
        relev_post(world.loop, &tasks[i].task);
    }
    item_owe("called");
    if (relev_call(world.loop, on_call, item_find("called"))) abort();
}

static void on_unrun(struct relev_task* task)
{
    (void)task;
    wrong("a task is handed back, and should have run");
}

void tasks_close(void)
{
    if (are_used()) relev_post_close(world.loop, on_unrun);
}
