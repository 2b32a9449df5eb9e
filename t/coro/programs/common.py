"""What the drivers of the example programs share. Each one starts a program,
loads it for some seconds, ends it by SIGTERM, and exits with 1 if anything was
lost.

Usage: NAME.py PROGRAM SECONDS
"""

import asyncio
import os
import re
import signal
import subprocess
import sys

PROGRAM = os.path.abspath(sys.argv[1])
SECONDS = float(sys.argv[2])


started = []  # processes


def fail(text):
    print("%s: %s" % (os.path.basename(sys.argv[0]), text), flush=True)
    for process in started:
        process.kill()
    os._exit(1)


def start(*arguments, **how):
    started.append(subprocess.Popen([PROGRAM, *map(str, arguments)], **how))
    return started[-1]


class Server:
    """The program; it tells its port, and ends by SIGTERM with status 0."""

    def __init__(self, *arguments):
        self.process = start(*arguments, stdout=subprocess.PIPE)
        line = self.process.stdout.readline().decode()
        found = re.search(r"listening on 127\.0\.0\.1:(\d+)", line)
        if not found:
            fail("the program tells no port: " + line)
        self.port = int(found[1])

    def connect(self):
        return asyncio.open_connection("127.0.0.1", self.port, limit=1 << 20)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)

    async def ended(self):
        status = await asyncio.to_thread(self.process.wait)
        if status:
            fail("status %d" % status)


async def loaded(server, clients):
    """Runs the clients, each one a coroutine function of a Load, which stop to
    ask when the server is stopped."""
    load = Load(server)
    tasks = [asyncio.create_task(c(load)) for c in clients]
    ended = asyncio.gather(*tasks)
    await asyncio.wait([ended], timeout=SECONDS)
    load.goes_on = False
    server.stop()
    await ended
    await server.ended()
    if load.done == 0:
        fail("nothing was asked")
    return load


class Load:
    def __init__(self, server):
        self.server = server
        self.goes_on = True
        self.done = 0


def main(run):
    asyncio.run(asyncio.wait_for(run(), SECONDS + 300))
