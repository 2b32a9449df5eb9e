// Threads and processes: who may use a loop now.
//
// A loop may be made in one thread, run in another, and destroyed in a third.
// But while a thread is in ev_run, only its callbacks may use the loop, unless
// a release callback gives the loop free during the wait
// (ev_set_loop_release_cb). Another thread may also use it while a callback
// waits for that thread, so nothing is reported during callbacks.

#include "debug.hh"

#include "../core/fork.hh"
#include "../core/wakeup.hh"

#if RELEV_DEBUG

#include <pthread.h>

namespace evi { namespace {

__thread Entered entered;
__thread const void* calling_of;

const void* thread_self() { return &entered; }

// Not the process id: a child may be made by _Fork, or by a system call.
int thread_id()
{
    static __thread int known;
    static __thread unsigned process;
    unsigned now = process_current();
    if (process != now) known = static_cast<int>(syscall(SYS_gettid));
    process = now;
    return known;
}

int process_id() { return static_cast<int>(syscall(SYS_getpid)); }

// Has a thread its list of robust mutexes? glibc gives each thread one, and a
// thread that ends has none any more before another one can join it. True also
// if the kernel does not say.
bool has_robust_list(int thread)
{
    void* list = nullptr;
    size_t size;
    return syscall(SYS_get_robust_list, thread, &list, &size) || list;
}

// A thread that was canceled in ev_run has not left it. The kernel may know it
// for a moment after it was joined.
bool thread_exists(int thread)
{
    int error = errno;
    bool ended = has_robust_list(0) && !has_robust_list(thread);
    bool exists = !ended && !syscall(SYS_tgkill, process_id(), thread, 0);
    errno = error;
    return exists;
}

bool thread_excluded(const Record& record, const Loop& loop)
{
    const void* runner = record.runner.load(in_order);
    State state = record.state.load(in_order);
    bool free = state == State::outside || state == State::calling
             || (state == State::waiting && (loop.release || loop.invoke));
    return runner && !free && runner != thread_self()
        && record.process == process_current()
        && thread_exists(record.runner_id.load(in_order))
        && runner == record.runner.load(in_order);
}

void thread_check(Record& record, Loop& loop, const char* function,
                  const void* caller)
{
    if (!thread_excluded(record, loop)) return;
    if (reported_before(Error::thread, caller)) return;
    bool run = !strcmp(function, "ev_run");
    Finding finding(Error::thread,
                    run ? "two threads run a loop at once"
                        : "the loop is used by two threads at once");
    finding.by(function, caller);
    finding.text.put("; thread ");
    finding.text.put(static_cast<long long>(record.runner_id.load(in_order)));
    finding.text.put(" is in ev_run");
    finding.deliver(&record, loop);
}

// Is this thread in a callback of this loop?
bool called_back(const Record& record, const Loop& loop)
{
    const Calling& calling = record.calling;
    return calling.w && calling.thread == thread_self() && calling_of == &loop
        && frame_lives(calling.frame, calling.caller);
}

void put_callback(Finding& finding, const Calling& calling)
{
    int mask = calling.events & (EV_PREPARE | EV_CHECK);
    finding.report.type = mask & -mask;
    finding.report.w = const_cast<Watcher*>(calling.w);
    finding.report.callback = calling.callback;
}

// A callback that destroys its loop may leave by longjmp or exit.
void destroyed_check(const Record& record)
{
    static Loop none;
    if (!record.ran) return;
    Finding finding(Error::destroyed,
                    "ev_loop_destroy is called by a callback of the loop");
    if (record.calling.w) put_callback(finding, record.calling);
    else finding.during(record.calling.callback, true);
    if (record.caller.w) finding.about(record.caller);
    finding.by("ev_loop_destroy", record.destroyer);
    finding.deliver(nullptr, none);
    abort();  // ev_run would continue with a loop that is gone
}

void nested_check(Record& record, Loop& loop, const void* caller)
{
    const Calling& calling = record.calling;
    if (!(calling.events & (EV_PREPARE | EV_CHECK))) return;
    if (!called_back(record, loop)) return;
    if (!watched_known(record, calling.w).w) return;  // one of the library
    if (reported_before(Error::nested, caller)) return;
    Finding finding(Error::nested,
                    "ev_run is called by a prepare or check callback");
    put_callback(finding, calling);
    finding.by("ev_run", caller);
    finding.deliver(&record, loop);
}

bool kernel_state(const Loop& loop)
{
    return loop.backend_fd >= 0 || loop.wakeup.open
        || loop.watchers.signals.own.open || loop.watchers.stats.own.open
        || loop.watchers.periodics.own.open || loop.watchers.children.own.open;
}

// After a fork the child must call ev_loop_fork before it runs the loop.
void process_check(Record& record, Loop& loop)
{
    assert(record.process);
    if (record.process == process_current()) return;
    int parent = record.process_id;
    record.process = process_current();
    record.process_id = process_id();
    record.runner.store(thread_self()), record.runner_id.store(thread_id());
    if (fork_bits(loop) || loop.fork_checked || !kernel_state(loop)) return;
    Finding finding(Error::forked,
                    "the loop is run in a child without ev_loop_fork");
    finding.text.put("; it was used by process ");
    finding.text.put(static_cast<long long>(parent));
    finding.during(record.done, false);
    finding.deliver(&record, loop);
}

}}  // evi

#endif
