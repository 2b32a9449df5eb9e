/* A loop for relev_post, and tasks that note their names. */
#ifndef POST_HELP_H_
#define POST_HELP_H_

#include "calls.h"

static struct ev_loop* loop;

/* A task that notes its name when it runs. */
typedef struct Named {
    struct relev_task task;
    const char* name;
    int again; /* so often it posts itself */
} Named;

static inline const char* name_of(struct relev_task* task)
{
    return ((Named*)task)->name;
}

static inline void on_task(struct ev_loop* l, struct relev_task* task)
{
    assert_ptr_equal(l, loop);
    calls_add(name_of(task));
}

static inline void post(Named* made, const char* name,
                        void (*run)(struct ev_loop*, struct relev_task*))
{
    made->name = name;
    made->task.run = run;
    relev_post(loop, &made->task);
}

static inline struct ev_loop* opened(void)
{
    loop = loop_fresh(0);
    assert_int_equal(relev_post_open(loop), 0);
    return loop;
}

static inline void closed(void)
{
    ev_verify(loop);
    assert_calls("");
    relev_post_close(loop, NULL);
    ev_loop_destroy(loop);
}

#endif
