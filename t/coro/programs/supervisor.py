#!/usr/bin/env python3
"""coro_supervisor: SIGHUP restarts all commands again and again; each process
that was started is reported when it has ended, and none is left in the end."""

import os
import re
import signal
import subprocess
import time

from common import SECONDS, asyncio, fail, main, start

COMMANDS = (["exit %d" % i for i in range(10)]
            + ["exec sleep 1000"] * 10
            + ["kill -USR1 $$; sleep 1000"] * 5
            + ["trap '' TERM; while :; do sleep 0.05; done"] * 3
            + ["trap 'exit 7' TERM; while :; do sleep 0.01; done"] * 3)


MARK = "SUPERVISED_BY=%d" % os.getpid()


def is_left(pid):
    """Its number alone says nothing: another process may have it by now."""
    try:
        with open("/proc/%s/environ" % pid) as file:
            return MARK in file.read().split("\0")
    except OSError:
        return False


async def load(process, lines):
    end, restarts = time.monotonic() + SECONDS, 0
    while time.monotonic() < end or restarts < 3:
        began = len(lines)
        while len(lines) < began + 2 * len(COMMANDS):
            if process.poll() is not None:
                fail("it has ended by itself")
            await asyncio.sleep(0.02)
        process.send_signal(signal.SIGHUP)
        restarts += 1
    return restarts


async def read(process, lines):
    while line := await asyncio.to_thread(process.stderr.readline):
        lines.append(line.decode())


async def run():
    os.environ.update([MARK.split("=")])
    process = start("-t", "0.3", *COMMANDS, stderr=subprocess.PIPE)
    lines = []
    reads = asyncio.create_task(read(process, lines))
    restarts = await load(process, lines)
    process.send_signal(signal.SIGTERM)
    status = await asyncio.to_thread(process.wait)
    await reads
    if status:
        fail("status %d\n%s" % (status, "".join(lines[-20:])))
    text = "".join(lines)
    pids = re.findall(r"runs as process (\d+)", text)
    ends = re.findall(r"\] (was ended by signal|ended with status) \d", text)
    if len(pids) != len(ends):
        fail("%d processes, but %d ends" % (len(pids), len(ends)))
    left = [pid for pid in pids if is_left(pid)]
    if left:
        fail("processes are left: %s" % left)
    for end in ("by signal 10", "by signal 9", "by signal 15", "status 7"):
        if end not in text:
            fail("no process ended " + end)
    print("%d processes, %d restarts" % (len(pids), restarts))


main(run)
