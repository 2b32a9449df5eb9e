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

void debug_posts(Loop& loop, const relev_task* newest)
{
    const relev_task* task = task_twice(newest);
    if (!task) return;
    Finding finding(Error::changed, "a task is posted again before it ran: ");
    finding.text.put(static_cast<const void*>(task));
    finding.text.put(", function ");
    put_function(finding.text, reinterpret_cast<const void*>(task->run), true);
    finding.deliver(record_of(&loop), loop);
    abort();  // the tasks that were posted before it are lost
}

}}  // evi

#endif
