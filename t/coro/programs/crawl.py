#!/usr/bin/env python3
"""coro_crawl: every page of a site is fetched once. At SIGTERM the pages that
are being fetched are received to their end, and printed."""

import signal
import subprocess
import time

from common import SECONDS, asyncio, fail, main, start

LIMIT = 20


class Site:
    """Pages that link to others; a few of them are not there."""

    def __init__(self, pages, delay):
        self.pages, self.delay = pages, delay
        self.asked, self.answered, self.lost = [], [], 0

    def links(self, number):
        return [(number * k + j) % self.pages
                for k, j in ((2, 1), (2, 2), (3, 5), (7, 1), (1, 1))]

    async def serve(self, reader, writer):
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            path = head.split(b" ")[1].decode()
            self.asked.append(path)
            await asyncio.sleep(self.delay)
            number = int(path[1:])
            body = "".join('<a href="/%d">.</a>' % i
                           for i in self.links(number)) + " " * 20000
            status = "404 Not Found" if number % 10 == 9 else "200 OK"
            writer.write(("HTTP/1.0 %s\r\n\r\n%s" % (status, body)).encode())
            writer.write_eof()
            if await reader.read(1):  # until the client has closed
                raise ConnectionError("more than a request")
            self.answered.append(path)
        except (ConnectionError, asyncio.IncompleteReadError):
            self.lost += 1
        writer.close()

    async def start(self):
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]

    def crawl(self):
        return start("localhost", self.port, "/0", LIMIT,
                     stdout=subprocess.PIPE)

    async def check(self, process):
        """Returns the last line of what it printed."""
        output, _ = await asyncio.to_thread(process.communicate)
        if process.returncode:
            fail("status %d" % process.returncode)
        *lines, last = output.decode().split("\n")[:-1]
        printed = [line.split(": ") for line in lines]
        for path, status in printed:
            if status != ("404" if int(path[1:]) % 10 == 9 else "200"):
                fail("%s: %s" % (path, status))
        if sorted(self.asked) != sorted(path for path, _ in printed):
            fail("asked for %d pages, printed %d"
                 % (len(self.asked), len(printed)))
        if len(set(self.asked)) != len(self.asked):
            fail("a page was fetched twice")
        if self.lost:
            fail("%d pages are lost" % self.lost)
        if not last.startswith("%d of " % len(printed)):
            fail("%d pages, but: %s" % (len(printed), last))
        return last


async def run():
    end, total, rounds = time.monotonic() + SECONDS, 0, 0
    while time.monotonic() < end:
        site = Site(500, 0)
        await site.start()
        process = site.crawl()
        last = await site.check(process)
        if last != "500 of 500 pages":
            fail(last)
        total += 500

        site = Site(1000000, 0.02)
        await site.start()
        process = site.crawl()
        while len(site.answered) < 100 * (1 + rounds % 3):
            await asyncio.sleep(0.001)
        process.send_signal(signal.SIGTERM)
        await site.check(process)
        total += len(site.asked)
        rounds += 1
    print("%d pages in %d rounds" % (total, 2 * rounds))


main(run)
