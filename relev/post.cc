// relev_post: tasks that other threads and signal handlers pass to a loop.
//
// loop.posted is a stack without a lock, newest first. A push is one
// compare-and-exchange; the loop takes all tasks by one exchange, and reverses
// their order, so nobody pops a single task (no ABA problem). At each
// instruction the stack is valid, whatever becomes of a thread that pushes.
//
// An internal ev_async wakes the loop. Four accesses decide; all of them are
// sequentially consistent, so they have one order:
//
//   a thread: (1) pushes a task, (2) reads `sent`; if it is 0, sends
//   the loop: (3) sets `sent` to 0, (4) takes all tasks
//
// If (2) reads 1, that 1 was not yet cleared, and the loop clears it later, by
// (3): (1) is before (2), before (3), before (4), which takes the task. If (2)
// reads 0, the thread sends, and (3) and (4) follow. So no task is left, and a
// loop that waits is written to once for all tasks that it takes together.
//
// relev_post_open is the same: (3) is the start of the watcher, or setting
// loop.relev, which a thread reads before `sent`; (4) is reading loop.posted.
//
// The tasks that were taken are in `rest`. Each is removed before it runs. As
// long as others remain, an event of the watcher is pending. So if a task
// leaves by longjmp or an exception, runs the loop, or ends its thread, the
// next dispatch goes on with the rest. In a child, tasks may be in loop.posted
// whose thread does not exist there: the first iteration sends.

#include "post.hh"

#include "../core/pending.hh"
#include "../core/wakeup.hh"
#include "../core/watcher.hh"
#include "observe.hh"
#include "state.hh"

#if EV_RELEV_ENABLE && EV_ASYNC_ENABLE

namespace evi { namespace {

using CallFunction = void (*)(struct ev_loop*, void*);

// A task of relev_call.
struct CallTask {
    relev_task task;
    CallFunction f;
    void* arg;
};

// It is freed first: f may leave by longjmp.
void call_run(struct ev_loop* loop, relev_task* task)
{
    CallTask made = *reinterpret_cast<CallTask*>(task);
    memory_free(task);
    made.f(loop, made.arg);
}

bool task_owned(const relev_task* task) { return task->run == call_run; }

void task_post(Loop& loop, relev_task* task)
{
    relev_task* newest = loop.posted.load(std::memory_order_relaxed);
    do task->next = newest;
    while (!loop.posted.compare_exchange_weak(newest, task, in_order,
                                              std::memory_order_relaxed));
    Relev* relev = __atomic_load_n(&loop.relev, __ATOMIC_SEQ_CST);
    if (!relev || __atomic_load_n(&relev->posts.wake.sent, __ATOMIC_SEQ_CST))
        return;
    async_send(loop, &relev->posts.wake);
}

// Appends what was posted to what is left.
void posts_take(Loop& loop, Posts& posts)
{
    relev_task* next = loop.posted.exchange(nullptr, in_order);
    relev_task *newest = next, *oldest = nullptr;
    debug_posts(loop, next);
    while (next) {
        relev_task* task = next;
        next = task->next;
        task->next = oldest;
        oldest = task;
    }
    if (!oldest) return;
    assert(!newest->next && (!posts.rest || posts.last));
    if (posts.rest) posts.last->next = oldest;
    else posts.rest = oldest;
    posts.last = newest;
}

const void* task_callback(const relev_task* task)
{
    auto* made = reinterpret_cast<const CallTask*>(task);
    return task_owned(task) ? reinterpret_cast<const void*>(made->f)
                            : reinterpret_cast<const void*>(task->run);
}

[[gnu::cold]] void task_run_observed(Loop& loop, relev_task* task)
{
    const void* callback = task_callback(task);
    if (!loop.relev->observers.short_way)
        return observed_task(loop, task, callback);
    ++loop.relev->metrics.by_bit[lowest_bit(EV_CUSTOM)];
    call(loop, task, callback);
}

inline void task_run(Loop& loop, relev_task* task)
{
    if (unlikely(loop.relev->observers.count))
        return task_run_observed(loop, task);
    call(loop, task, task_callback(task));
}

inline void event_cancel(Loop& loop, ev_async* w)
{
    if (w->pending) pending_take_inner(loop, base(w));
}

// Tasks that were posted meanwhile may have caused that event, too.
[[gnu::noinline]] void batch_end(Loop& loop, ev_async* w)
{
    event_cancel(loop, w);
    if (loop.posted.load(in_order)) async_send(loop, w);
}

// Tasks that tasks post run in the next iteration.
void posts_run(Loop& loop, ev_async* w, int)
{
    Posts& posts = loop.relev->posts;
    posts_take(loop, posts);
    while (relev_task* task = posts.rest) {
        assert(task->run);
        debug_task(loop, task, posts.last);
        posts.rest = task->next;
        if (posts.rest && !w->pending) pending_feed(loop, base(w), EV_ASYNC);
        else if (!posts.rest && w->pending) batch_end(loop, w);
        task_run(loop, task);
    }
}

[[gnu::cold]] void posts_open(Loop& loop)
{
    Relev& relev = relev_of(loop);
    ev_async* w = &relev.posts.wake;
    if (w->active) return;
    ev_init(w, (Callback<ev_async, posts_run>()));
    async_start_internal(loop, w);
    if (relev.posts.rest || loop.posted.load(in_order)) async_send(loop, w);
}

// unrun may post tasks, which stay, and may leave by longjmp.
[[gnu::cold]] void posts_close(Loop& loop, void (*unrun)(relev_task*))
{
    Relev& relev = relev_of(loop);
    Posts& posts = relev.posts;
    event_cancel(loop, &relev.posts.wake);
    async_stop_internal(loop, &relev.posts.wake);
    posts_take(loop, posts);
    while (relev_task* task = posts.rest) {
        // The analyzer does not see that a task is taken before it is freed.
        // NOLINTNEXTLINE(clang-analyzer-unix.Malloc)
        debug_task(loop, task, posts.last);
        posts.rest = task->next;
        if (task_owned(task)) memory_free(task);
        else if (unrun) call(loop, unrun, task);
    }
}

// A thread that pushed a task may not exist in the child.
[[gnu::cold]] void posts_fork(Loop& loop)
{
    Relev* relev = loop.relev;
    if (relev && loop.posted.load(in_order))
        async_send(loop, &relev->posts.wake);
}

[[gnu::cold]] void tasks_free(relev_task* task)
{
    while (task) {
        relev_task* next = task->next;
        if (task_owned(task)) memory_free(task);
        task = next;
    }
}

[[gnu::cold]] void posts_free(Loop& loop)
{
    tasks_free(loop.posted.exchange(nullptr, in_order));
    if (loop.relev) tasks_free(loop.relev->posts.rest);
}

}}  // evi

// The C API.

[[gnu::cold]] int relev_post_open(struct ev_loop* loop) EV_NOEXCEPT
{
    if (!loop) return evi::failed(EINVAL);
    evi::posts_open(evi::entry(loop));
    return 0;
}

void relev_post(struct ev_loop* loop, struct relev_task* task) EV_NOEXCEPT
{
    evi::task_post(evi::entry(loop), task);
}

int relev_call(struct ev_loop* loop, void (*f)(struct ev_loop*, void*),
               void* arg) EV_NOEXCEPT
{
    if (!loop || !f) return evi::failed(EINVAL);
    evi::Loop& ours = evi::entry(loop);
    void* memory = evi::memory_resize_try(nullptr, sizeof(evi::CallTask));
    if (!memory) return evi::failed(ENOMEM);
    auto* made = new (memory) evi::CallTask{{nullptr, evi::call_run}, f, arg};
    evi::task_post(ours, &made->task);
    return 0;
}

[[gnu::cold]] void relev_post_close(struct ev_loop* loop,
                                    void (*unrun)(struct relev_task*))
{
    if (loop) evi::posts_close(evi::entry(loop), unrun);
}

#endif
