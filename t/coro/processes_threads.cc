// relev.hpp: processes in loops that are not the default one.

#include <sys/wait.h>

#include <csignal>

#include "coro_help.hh"
#include "relevpp/sources.hpp"

using namespace relev;

namespace {

// Valgrind 3.19 has no pidfd_open; then a process is refused.
void need_pidfd()
{
    int fd = detail::pidfd_open(getpid());
    if (fd < 0 && errno == ENOSYS) skip();
    assert_true(fd >= 0);
    close(fd);
}

// A child that ends by a byte from the pipe, or by a signal.
int child_of(const pipe_pair& p, int status)
{
    int pid = fork();
    assert_true(pid >= 0);
    if (pid) return pid;
    char c = 0;
    fcntl(p.in, F_SETFL, 0);
    (void)!::read(p.in, &c, 1);
    _exit(status);
}

// Issue 20, B5: its status is delivered, again and again.
task<> awaits_status()
{
    pipe_pair p;
    process child(child_of(p, 7));
    assert_false(co_await try_for(
        0s, [](process& c) -> task<> { (void)co_await c.exited(); }(child)));
    p.write();
    for (int i = 0; i < 2; ++i) {
        int status = co_await child.exited();
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 7);
    }
    assert_int_equal(waitpid(child.pid(), nullptr, 0), -1);
}
void test_process_in_own_loop_delivers_status(void**)
{
    need_pidfd();
    run_clean(awaits_status);
}

// Issue 20, B5: also that of a signal.
task<> kills()
{
    pipe_pair p;
    process child(child_of(p, 7));
    kill(child.pid(), SIGKILL);
    int status = co_await child.exited();
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGKILL);
}
void test_process_killed_delivers_signal(void**)
{
    need_pidfd();
    run_clean(kills);
}

// Issue 20, B5: each loop of a pool has processes of its own.
task<> many(int index)
{
    for (int i = 0; i < 10; ++i) {
        pipe_pair p;
        process child(child_of(p, 10 * index + i));
        p.write();
        int status = co_await child.exited();
        assert_int_equal(WEXITSTATUS(status), 10 * index + i);
    }
}
void test_process_in_each_loop_of_pool(void**)
{
    need_pidfd();
    threads pool(3, flags());
    pool.run([](loop&, int index) { return many(index); });
}

// Issue 20, B5: a status that something else has read is an error.
task<> loses_status()
{
    pipe_pair p;
    process child(child_of(p, 7));
    p.write();
    assert_int_equal(waitpid(child.pid(), nullptr, 0), child.pid());
    auto status = co_await nothrow(child.exited());
    assert_true(status.error() == std::errc::no_child_process);
    std::string error;
    try {
        (void)co_await child.exited();
    } catch (const std::system_error& e) {
        error = e.what();
    }
    assert_int_equal(error.find("process::exited"), 0);
}
void test_process_reaped_by_other_is_error(void**)
{
    need_pidfd();
    run_clean(loses_status);
}

// Issue 20, A18: what is no child is refused, and so is any child, which only
// the default loop can wait for.
task<> refuses()
{
    for (int pid : {getpid(), 0, -1}) {
        int code = 0;
        try {
            process none(pid);
        } catch (const std::system_error& e) {
            code = e.code().value();
        }
        assert_int_equal(code, pid > 0 ? ECHILD : EINVAL);
    }
    co_return;
}
void test_process_that_is_no_child_is_refused(void**) { run_clean(refuses); }

// Issue 20, B5: a source that is destroyed leaves the process alone.
task<> abandons(pipe_pair& p, int& pid)
{
    process child(pid = child_of(p, 3));
    co_await when_any(
        [](process& c) -> task<> { (void)co_await c.exited(); }(child), now(1));
}
void test_process_source_destroyed_leaves_child(void**)
{
    need_pidfd();
    pipe_pair p;
    int pid = 0, status = 0;
    run_clean([&] { return abandons(p, pid); });
    p.write();
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(WEXITSTATUS(status), 3);
}

const Test tests[] = {
    EACH(test_process_in_own_loop_delivers_status),
    EACH(test_process_killed_delivers_signal),
    EACH(test_process_in_each_loop_of_pool),
    EACH(test_process_reaped_by_other_is_error),
    EACH(test_process_that_is_no_child_is_refused),
    EACH(test_process_source_destroyed_leaves_child),
};

}  // namespace

HARNESS_MAIN("processes", tests)
