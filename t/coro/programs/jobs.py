#!/usr/bin/env python3
"""coro_jobs: every job that was sent is done, and its answer is sent to who
sent it."""

import random

from common import Server, asyncio, fail, loaded, main

CLIENTS = 20
PRIMES = {"10": 4, "100": 25, "1000": 168, "10000": 1229, "30000": 3245}


async def read_answers(reader, open_jobs):
    """Until the end of the connection."""
    while line := (await reader.readline()).decode():
        text, answer = line.rstrip("\n").split(" ", 1)
        wanted = str(PRIMES[text]) if text in PRIMES else "error"
        if not answer.startswith(wanted):
            fail("job '%s' is answered '%s'" % (text, answer))
        if text not in open_jobs:
            fail("an answer to nothing: '%s'" % line)
        open_jobs.remove(text)


async def client(load):
    chance = random.Random()
    while load.goes_on:
        reader, writer = await load.server.connect()
        open_jobs = []
        answers = asyncio.create_task(read_answers(reader, open_jobs))
        for _ in range(chance.randint(1, 300)):
            if not load.goes_on:
                break
            text = chance.choice([*PRIMES, "none"])
            open_jobs.append(text)
            writer.write(text.encode() + b"\n")
            await writer.drain()
            while len(open_jobs) > 50 and not answers.done():
                await asyncio.sleep(0.001)
            load.done += 1
        if load.goes_on:
            writer.write_eof()
        await answers
        if open_jobs:
            fail("%d jobs are lost" % len(open_jobs))
        writer.close()


async def leaves(load):
    """A client that does not wait for its answers does no harm."""
    while load.goes_on:
        _, writer = await load.server.connect()
        writer.write(b"1000\n" * 20)
        await asyncio.sleep(0.02)
        writer.transport.abort()


async def run():
    load = await loaded(Server(0, 2), [client] * CLIENTS + [leaves])
    print("%d jobs, all answered" % load.done)


main(run)
