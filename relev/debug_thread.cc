// Threads and processes: who may use a loop now.
//
// A loop may be made in one thread, run in another, and destroyed in a third.
// But while a thread is in ev_run, only its callbacks may use the loop, unless
// a release callback gives the loop free during the wait
// (ev_set_loop_release_cb). Another thread may also use it while a callback
// waits for that thread, so nothing is reported during callbacks.

#include "debug.hh"

#include "../core/wakeup.hh"

#if RELEV_DEBUG

#include <pthread.h>

namespace evi { namespace {

__thread Entered entered;

__thread int thread_known;
int process_known;

void process_forget() { thread_known = process_known = 0; }

int thread_id()
{
    if (!thread_known) thread_known = static_cast<int>(syscall(SYS_gettid));
    return thread_known;
}

int process_id()
{
    static bool registered;
    if (!registered)
        registered = !pthread_atfork(nullptr, nullptr, process_forget);
    if (!process_known) process_known = getpid();
    return process_known;
}

// A thread that was canceled in ev_run has not left it.
bool thread_exists(int thread)
{
    int error = errno;
    bool exists = !syscall(SYS_tgkill, process_id(), thread, 0);
    errno = error;
    return exists;
}

bool thread_excluded(const Record& record, const Loop& loop, int thread)
{
    int runner = record.runner.load(in_order);
    State state = record.state.load(in_order);
    bool free = state == State::outside || state == State::calling
             || (state == State::waiting && (loop.release || loop.invoke));
    return runner && runner != thread && !free && record.process == process_id()
        && thread_exists(runner) && runner == record.runner.load(in_order);
}

void thread_check(Record& record, Loop& loop, const char* function,
                  const void* caller)
{
    if (!thread_excluded(record, loop, thread_id())) return;
    if (reported_before(Error::thread, caller)) return;
    bool run = !strcmp(function, "ev_run");
    Finding finding(Error::thread,
                    run ? "two threads run a loop at once"
                        : "the loop is used by two threads at once");
    finding.by(function, caller);
    finding.text.put("; thread ");
    finding.text.put(static_cast<long long>(record.runner.load(in_order)));
    finding.text.put(" is in ev_run");
    finding.deliver(&record, loop);
}

// A callback that was left by longjmp or an exception is no longer on the
// stack: then the caller's frame is above that of the callback.
bool on_stack(const Calling& calling)
{
    auto now = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
    auto then = reinterpret_cast<uintptr_t>(calling.frame);
    return calling.thread == thread_id() && now < then
        && then - now < (8u << 20);
}

void nested_check(Record& record, Loop& loop, const void* caller)
{
    const Calling& calling = record.calling;
    if (!(calling.events & (EV_PREPARE | EV_CHECK)) || !on_stack(calling))
        return;
    if (!watched_known(record, calling.w).w) return;  // one of the library
    if (reported_before(Error::nested, caller)) return;
    Finding finding(Error::nested,
                    "ev_run is called by a prepare or check callback");
    finding.report.type = calling.events & EV_PREPARE ? EV_PREPARE : EV_CHECK;
    finding.report.w = const_cast<Watcher*>(calling.w);
    finding.report.callback = calling.callback;
    finding.by("ev_run", caller);
    finding.deliver(&record, loop);
}

bool kernel_state(const Loop& loop)
{
    return loop.backend_fd >= 0 || loop.wakeup.open
        || loop.watchers.signals.own.open || loop.watchers.stats.own.open
        || loop.watchers.periodics.own.open;
}

// After a fork the child must call ev_loop_fork before it runs the loop.
void process_check(Record& record, Loop& loop)
{
    int process = process_id();
    if (record.process == process) return;
    int parent = record.process;
    record.process = process;
    if (loop.forked || loop.fork_checked || !kernel_state(loop)) return;
    Finding finding(Error::forked,
                    "the loop is run in a child without ev_loop_fork");
    finding.text.put("; it was used by process ");
    finding.text.put(static_cast<long long>(parent));
    finding.during(record.done);
    finding.deliver(&record, loop);
}

}}  // evi

#endif
