#!/usr/bin/env python3
"""coro_redis: every command that was sent is answered, and what was answered
is there after SIGTERM, and after SIGKILL. A value of a list is popped once."""

import os
import tempfile

from common import Server, asyncio, fail, loaded, main

WRITERS, PRODUCERS, CONSUMERS = 10, 5, 5


class Connection:
    def __init__(self, streams):
        self.reader, self.writer = streams

    def send(self, *words):
        text = b"*%d\r\n" % len(words)
        for word in words:
            word = str(word).encode()
            text += b"$%d\r\n%s\r\n" % (len(word), word)
        self.writer.write(text)

    async def answer(self):
        line = (await self.reader.readuntil(b"\r\n")).decode().strip()
        if line.startswith("$") and line != "$-1":
            text = await self.reader.readexactly(int(line[1:]) + 2)
            return text[:-2].decode()
        return line

    async def ask(self, *words):
        self.send(*words)
        return await self.answer()


class Expected:
    """What must be there later."""

    def __init__(self):
        self.values, self.counts = {}, {}
        self.pushed, self.popped = set(), []

    def changes(self, number):
        async def client(load):
            c = Connection(await load.server.connect())
            value = 0
            while load.goes_on:
                # Together; the answers come in this order.
                value += 1
                for i in range(10):
                    c.send("SET", "value-%d-%d" % (number, i), value)
                c.send("INCR", "count-%d" % number)
                c.send("GET", "value-%d-0" % number)
                for i in range(10):
                    if await c.answer() != "+OK":
                        fail("SET is refused")
                    self.values["value-%d-%d" % (number, i)] = str(value)
                self.counts["count-%d" % number] = await c.answer()
                if await c.answer() != str(value):
                    fail("GET: another value")
                load.done += 12
        return client

    def pushes(self, number):
        async def client(load):
            c = Connection(await load.server.connect())
            value = 0
            while load.goes_on:
                value += 1
                answer = await c.ask("RPUSH", "list",
                                     "%d-%d" % (number, value))
                if answer == "+OK":
                    self.pushed.add("%d-%d" % (number, value))
                load.done += 1
        return client

    async def pops(self, load):
        c = Connection(await load.server.connect())
        while load.goes_on:
            answer = await c.ask("BLPOP", "list", 1000)
            if answer[0] not in "*-":
                self.popped.append(answer)
            load.done += 1

    async def check(self, server):
        c = Connection(await server.connect())
        for key, value in self.values.items():
            if await c.ask("GET", key) != value:
                fail("%s is lost" % key)
        for key, value in self.counts.items():
            if ":" + await c.ask("GET", key) != value:
                fail("%s is lost" % key)
        while (answer := await c.ask("LPOP", "list")) != "$-1":
            self.popped.append(answer)
        if len(self.popped) != len(set(self.popped)):
            fail("a value was popped twice")
        if set(self.popped) != self.pushed:
            fail("not popped: %s" % (self.pushed ^ set(self.popped)))
        c.writer.close()


async def dies(file):
    """What was answered is there after SIGKILL."""
    server, e = Server(file), Expected()
    c = Connection(await server.connect())
    for i in range(100):
        if await c.ask("SET", "value-%d" % i, i) != "+OK":
            fail("SET is refused")
        e.values["value-%d" % i] = str(i)
    server.process.kill()
    server.process.wait()
    server = Server(file)
    await e.check(server)
    server.stop()
    await server.ended()


async def run():
    with tempfile.TemporaryDirectory() as directory:
        file, e = os.path.join(directory, "file"), Expected()
        clients = [e.changes(i) for i in range(WRITERS)]
        clients += [e.pushes(i) for i in range(PRODUCERS)]
        clients += [e.pops] * CONSUMERS
        load = await loaded(Server(file), clients)
        server = Server(file)
        await e.check(server)
        server.stop()
        await server.ended()
        await dies(os.path.join(directory, "other"))
        print("%d commands, all answered, %d values popped once"
              % (load.done, len(e.popped)))


main(run)
