#!/usr/bin/env python3
"""coro_proxy: every request that was sent is answered, with its own body. The
server behind it answers in every form that a body can have, and closes
connections that it said to keep."""

import random

from common import Server, asyncio, fail, loaded, main

CLIENTS = 30


def body_of(path):
    """Made from its number."""
    number = int(path.rsplit("/", 1)[1])
    return (b"%d " % number) * (number * 7919 % 4000)


async def write_chunks(writer, body):
    while body:
        size = random.randint(1, 9000)
        piece, body = body[:size], body[size:]
        writer.write(b"%x;x=y\r\n%s\r\n" % (len(piece), piece))
        await writer.drain()
    writer.write(b"0\r\nTrailer: t\r\n\r\n")


async def answer(reader, writer):
    """Returns whether the connection goes on."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    method, path, _ = head.split(" ", 2)
    if method == "POST":
        body = await reader.readexactly(len(body_of(path)))
    else:
        body = body_of(path)
    kind = path.split("/")[1]
    if kind == "chunked":
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        if method != "HEAD":
            await write_chunks(writer, body)
    elif kind == "end":
        writer.write(b"HTTP/1.0 200 OK\r\n\r\n" + body)
    else:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s"
                     % (len(body), b"" if method == "HEAD" else body))
    await writer.drain()
    return kind not in ("end", "leaves")


async def behind(reader, writer):
    try:
        while await answer(reader, writer):
            pass
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    writer.close()


async def read_body(reader, head, method):
    if method == "HEAD":
        return None
    if "content-length" in head:
        return await reader.readexactly(int(head["content-length"]))
    if "transfer-encoding" not in head:
        return await reader.read(-1)
    body = b""
    while True:
        line = await reader.readline()
        size = int(line.split(b";")[0], 16)
        if size == 0:
            break
        body += await reader.readexactly(size)
        await reader.readexactly(2)
    while await reader.readline() != b"\r\n":
        pass
    return body


async def ask(reader, writer, method, path):
    """Returns whether the connection goes on."""
    text = "%s %s HTTP/1.1\r\nHost: here\r\n" % (method, path)
    sent = body_of(path) if method == "POST" else b""
    if sent:
        text += "Content-Length: %d\r\n" % len(sent)
    writer.write(text.encode() + b"\r\n" + sent)
    try:
        text = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        head = {}
        for line in text[1:-2]:
            name, value = line.split(":", 1)
            head[name.lower()] = value.strip()
        body = await read_body(reader, head, method)
    except (asyncio.IncompleteReadError, ConnectionError) as error:
        fail("%s %s is lost: %r" % (method, path, error))
    if " 200 " not in text[0]:
        fail("%s %s: %s" % (method, path, text[0]))
    if method != "HEAD" and body != body_of(path):
        fail("%s %s: another body" % (method, path))
    return (text[0].startswith("HTTP/1.1")
            and head.get("connection") != "close")


async def client(load):
    chance = random.Random(load.done)
    while load.goes_on:
        reader, writer = await load.server.connect()
        goes_on = True
        while goes_on and load.goes_on:
            kind = chance.choice(["", "", "", "/chunked", "/end", "/leaves"])
            method = chance.choice(["GET", "GET", "HEAD", "POST"])
            if kind == "/end" and method == "HEAD":
                method = "GET"
            goes_on = await ask(reader, writer, method,
                                "%s/%d" % (kind or "/counted",
                                           chance.randint(1, 1000)))
            load.done += 1
        writer.close()


async def run():
    server = await asyncio.start_server(behind, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    load = await loaded(Server(port), [client] * CLIENTS)
    print("%d requests, all answered" % load.done)


main(run)
