// Tasks of relev_post that are wrong.

#include "debug.hh"

#if RELEV_DEBUG

namespace evi { namespace {

// A task that is posted again before it ran follows itself.
const relev_task* task_twice(const relev_task* first)
{
    const relev_task *slow = first, *fast = first;
    do {
        if (!fast || !fast->next) return nullptr;
        slow = slow->next;
        fast = fast->next->next;
    } while (slow != fast);
    for (slow = first; slow != fast; slow = slow->next) fast = fast->next;
    assert(slow);
    return slow;
}

[[noreturn]] void task_report(Loop& loop, const relev_task* task,
                              const char* text)
{
    Finding finding(Error::changed, text);
    assert(task);
    finding.text.put(static_cast<const void*>(task));
    finding.text.put(", function ");
    put_function(finding.text, reinterpret_cast<const void*>(task->run), true);
    finding.deliver(record_of(&loop), loop);
    abort();  // tasks are lost
}

void debug_posts(Loop& loop, const relev_task* newest)
{
    if (const relev_task* task = task_twice(newest))
        task_report(loop, task, "a task is posted again before it ran: ");
}

// One that is posted again while it waits here leads to other tasks, or to
// none, and then this is not the end of the list.
void debug_task(Loop& loop, const relev_task* task, const relev_task* last)
{
    if (!task->next != (task == last))
        task_report(loop, task,
                    "a task was posted again before it ran; found at the "
                    "task ");
}

}}  // evi

#endif
