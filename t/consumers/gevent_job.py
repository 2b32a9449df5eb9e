"""Typical jobs of a gevent program, on the libev that the loader finds.

Run with Debian's Python and GEVENT_LOOP=libev-cext. Each job below uses the
loop as programs do: through sockets, sleep, timeouts, signals, subprocesses,
the thread pool, fork, and the watchers of the hub's loop. Every job has its
own time limit; the first one that goes wrong ends the program with a
traceback.
"""

import os
import signal
import sys
import tempfile
import time
import traceback

import gevent
import gevent.event
import gevent.os
import gevent.pool
import gevent.queue
import gevent.select
import gevent.server
import gevent.socket
import gevent.subprocess
import gevent.threadpool
from gevent.libev import corecext
from gevent_sockets import *  # its jobs are run from here, too

def job_sleep():
    """Sleeps end in the order of their lengths, and none ends early."""
    order = []

    def sleeper(seconds):
        begin = time.monotonic()
        gevent.sleep(seconds)
        assert time.monotonic() - begin >= seconds - 0.001
        order.append(seconds)

    lengths = [0.04, 0.01, 0.03, 0.0, 0.02]
    gevent.joinall([gevent.spawn(sleeper, s) for s in lengths],
                   raise_error=True)
    assert order == sorted(lengths)


def job_timeouts():
    """A timeout cuts off a wait, and one that is not reached does nothing."""
    never = gevent.event.Event()
    begin = time.monotonic()
    with gevent.Timeout(SHORT, False):
        never.wait()
        raise AssertionError("the timeout did not come")
    assert time.monotonic() - begin >= SHORT - 0.001
    with gevent.Timeout(5):
        gevent.sleep(SHORT)

    one, two = gevent.socket.socketpair()
    one.settimeout(SHORT)
    try:
        one.recv(1)
        raise AssertionError("nothing was sent")
    except gevent.socket.timeout:
        pass
    one.close()
    two.close()


def job_many_timers():
    """20000 greenlets sleep, half of them are killed while they do."""
    done = []
    sleepers = []
    for number in range(20_000):
        sleepers.append(gevent.spawn_later(number % 20 / 1000,
                                           done.append, number))
    for number in range(0, 20_000, 2):
        sleepers[number].kill(block=False)
    gevent.joinall(sleepers)
    assert sorted(done) == list(range(1, 20_000, 2))


def job_signals():
    """Signals reach greenlets, several of them, and a sleeping loop too."""
    got = gevent.queue.Queue()
    handlers = [gevent.signal_handler(number, got.put, number)
                for number in (signal.SIGUSR1, signal.SIGUSR2)]
    os.kill(os.getpid(), signal.SIGUSR1)
    assert got.get(timeout=60) == signal.SIGUSR1
    os.kill(os.getpid(), signal.SIGUSR2)
    assert got.get(timeout=60) == signal.SIGUSR2

    gevent.subprocess.run(["/bin/kill", "-USR1", str(os.getpid())],
                          check=True)
    assert got.get(timeout=60) == signal.SIGUSR1
    for handler in handlers:
        handler.cancel()


def job_subprocesses():
    """20 at once, with their output, exit codes, signals and time limits."""

    def shell(number):
        return gevent.subprocess.run(
            ["/bin/sh", "-c", f"cat; exit {number}"], input=b"x" * 100_000,
            stdout=gevent.subprocess.PIPE)

    results = gevent.pool.Pool(20).map(shell, range(20))
    assert [r.returncode for r in results] == list(range(20))
    assert all(r.stdout == b"x" * 100_000 for r in results)

    child = gevent.subprocess.Popen(["sleep", "60"])
    try:
        child.wait(timeout=SHORT)
        raise AssertionError("the time limit did not come")
    except gevent.subprocess.TimeoutExpired:
        child.terminate()
    assert child.wait(timeout=60) == -signal.SIGTERM


def job_threadpool():
    """Threads work while the loop goes on, and wake it when they are done."""
    ticks = []

    def tick():
        while True:
            ticks.append(1)
            gevent.sleep(0.002)

    ticker = gevent.spawn(tick)
    pool = gevent.threadpool.ThreadPool(4)

    def work(number):
        time.sleep(SHORT)  # the real one: it blocks its thread
        return number * number

    assert pool.map(work, range(16)) == [n * n for n in range(16)]
    ticker.kill()
    assert len(ticks) > 5, ticks
    pool.kill()


def job_async_from_thread():
    """A thread sends an async watcher to a loop that is asleep."""
    import threading
    woken = gevent.event.Event()
    watcher = hub_loop().async_()
    watcher.start(woken.set)
    thread = threading.Timer(SHORT, watcher.send)
    thread.start()
    assert woken.wait(5)
    thread.join()
    watcher.close()


def job_stat():
    """A changed file and a file that appears are noticed, by inotify."""
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "watched")
        changed = gevent.event.Event()
        watcher = hub_loop().stat(path)
        watcher.start(changed.set)
        assert not changed.wait(SHORT)
        with open(path, "w", encoding="ascii") as file:
            file.write("contents")
        assert changed.wait(5), "a new file was not noticed"
        assert watcher.attr.st_nlink == 1

        changed.clear()
        os.truncate(path, 3)
        assert changed.wait(5), "a change of size was not noticed"
        assert watcher.attr.st_size == 3 and watcher.prev.st_nlink == 1
        watcher.close()


def job_fork():
    """After fork, the child's loop works, and so does the parent's."""
    forked = gevent.event.Event()
    watcher = hub_loop().fork(ref=False)
    watcher.start(forked.set)
    one, two = gevent.socket.socketpair()
    pid = gevent.os.fork()
    if pid == 0:
        status = 1
        try:
            for _ in range(3):  # fork watchers run at the top of a turn
                gevent.sleep(SHORT / 10)
            with gevent.Timeout(5):
                two.sendall(b"from the child")
                assert one.recv(1) == b"f" and forked.is_set()
                status = job_in_child()
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    gevent.sleep(SHORT)
    with gevent.Timeout(10):
        _, wait_status = gevent.os.waitpid(pid, 0)
    assert wait_status == 23 << 8, wait_status
    assert not forked.is_set()
    assert one.recv(100) == b"rom the child"
    one.close()
    two.close()
    watcher.close()


def job_in_child():
    job_sockets()
    job_subprocesses()
    return 23


def job_hub_watchers():
    """prepare, check and idle are called, timers repeat and start again."""
    loop = hub_loop()
    calls = {"prepare": 0, "check": 0, "idle": 0, "timer": 0}

    def count(name):
        calls[name] += 1

    idle = loop.idle()
    idle.start(count, "idle")
    timer = loop.timer(0.005, 0.005)
    timer.start(count, "timer")
    prepare, check = loop.prepare(), loop.check()
    prepare.start(count, "prepare")
    check.start(count, "check")
    while calls["timer"] < 3:
        gevent.sleep(0.005)
    timer.again(count, "timer")
    while calls["timer"] < 5:
        gevent.sleep(0.005)
    assert all(calls.values()), calls
    for watcher in (idle, timer, prepare, check):
        watcher.close()
    loop.verify()


def job_second_loop():
    """A loop of its own in another thread, beside the default one."""

    def in_thread():
        assert not hub_loop().default
        gevent.sleep(SHORT)
        job_sockets()
        gevent.get_hub().destroy(destroy_loop=True)
        return "done"

    pool = gevent.threadpool.ThreadPool(1)
    assert pool.spawn(in_thread).get(timeout=60) == "done"
    pool.kill()


def main():
    loop = hub_loop()
    assert isinstance(loop, corecext.loop), loop
    wanted = os.environ.get("GEVENT_BACKEND")
    assert wanted in (None, loop.backend), loop.backend
    print(f"{corecext.get_version()}, backend {loop.backend}")
    with open("/proc/self/maps", encoding="ascii") as maps:
        print(maps.read())

    for name, job in list(globals().items()):
        if name.startswith("job_") and name != "job_in_child":
            with gevent.Timeout(10):
                job()
            print("ok", name[4:])
            loop.verify()


if __name__ == "__main__":
    sys.exit(main())
