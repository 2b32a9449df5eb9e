"""The jobs of gevent_job.py that use sockets, and what all jobs share."""

import gevent
import gevent.pool
import gevent.select
import gevent.server
import gevent.socket

SHORT = 0.02


def hub_loop():
    return gevent.get_hub().loop


def receive_exactly(sock, size):
    parts = []
    while size:
        part = sock.recv(min(size, 65536))
        assert part, "connection ended early"
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def job_sockets():
    """50 clients at once send 200 kB each to an echo server."""

    def echo(sock, _address):
        while data := sock.recv(65536):
            sock.sendall(data)

    def client(number):
        payload = bytes([number]) * 200_000
        with gevent.socket.create_connection(server.address) as sock:
            sender = gevent.spawn(sock.sendall, payload)
            assert receive_exactly(sock, len(payload)) == payload
            sender.get()
        return number

    server = gevent.server.StreamServer(("127.0.0.1", 0), echo)
    server.start()
    answers = gevent.pool.Pool(50).map(client, range(50))
    assert answers == list(range(50))
    server.stop()


def job_datagrams_and_select():
    one, two = gevent.socket.socketpair(type=gevent.socket.SOCK_DGRAM)
    readable, _, _ = gevent.select.select([two], [], [], SHORT)
    assert readable == []
    one.send(b"datagram")
    readable, writable, _ = gevent.select.select([two], [one], [], 5)
    assert readable == [two] and writable == [one]
    assert two.recv(100) == b"datagram"
    one.close()
    two.close()
