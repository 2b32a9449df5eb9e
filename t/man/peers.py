"""The other side of programs in the manual: what a reader would type, or
connect with. Each takes the command, a directory to run it in and a limit in
seconds, and returns what was printed. Servers print the port they listen on,
for which 0 lets the kernel choose, and are ended by SIGINT."""

import os
import pty
import select
import signal
import socket
import subprocess
import threading
import time


class Terminal:
    """A program whose output is a terminal, so that lines are seen at once."""

    def __init__(self, command, place, limit):
        self.deadline = time.monotonic() + limit
        self.screen, other = pty.openpty()
        self.process = subprocess.Popen(command, cwd=place, stdout=other,
                                        stderr=other, stdin=subprocess.PIPE)
        os.close(other)
        self.text = ""

    def more(self):
        """Adds further output to the text; false if there is none."""
        left = self.deadline - time.monotonic()
        if left <= 0 or not select.select([self.screen], [], [], left)[0]:
            raise ValueError("not done in time: " + self.text)
        try:
            data = os.read(self.screen, 4096).decode()
        except OSError:  # the end of a terminal
            data = ""
        self.text += data.replace("\r\n", "\n")
        return bool(data)

    def until(self, word):
        while word not in self.text and self.more():
            pass

    def type(self, text):
        self.process.stdin.write(text.encode())
        self.process.stdin.flush()

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)

    def finish(self):
        while self.more():
            pass
        return self.text + "[exit status %d]\n" % self.process.wait()

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        os.close(self.screen)


def on_terminal(job):
    """Makes a peer of a function that uses a terminal."""
    def peer(command, place, limit):
        terminal = Terminal(command, place, limit)
        try:
            job(terminal)
            return terminal.finish()
        finally:
            terminal.close()
    return peer


def of_server(*arguments):
    """Makes a peer of a function that uses a server, by a function that
    connects. The port does not count as output."""
    def peer_of(job):
        def with_server(terminal):
            terminal.until("\n")
            line, terminal.text = terminal.text.split("\n", 1)
            port = int(line.split()[-1])
            job(lambda: socket.create_connection(("127.0.0.1", port), 60))
            terminal.interrupt()
        peer = on_terminal(with_server)
        return lambda command, place, limit: peer([*command, *arguments],
                                                  place, limit)
    return peer_of


def expect(is_so, what):
    if not is_so:
        raise ValueError("a client says: " + what)


@on_terminal
def typist(terminal):
    """Types two lines, and then no more."""
    terminal.type("hello\n")
    terminal.until("6 bytes")
    terminal.type("nice world\n")
    terminal.until("11 bytes")
    terminal.process.stdin.close()


@on_terminal
def interrupter(terminal):
    """Types a line and then the interrupt character."""
    terminal.type("hello\n")
    terminal.until("6 bytes")
    terminal.interrupt()


@of_server("0")
def visitor(connect):
    """Takes what the server says until it hangs up, twice."""
    for _ in range(2):
        with connect() as client:
            said = b"".join(iter(lambda: client.recv(100), b""))
            expect(said == b"welcome\n", "not welcomed: %s" % said)


def says(client, text):
    client.sendall(text)
    answer = b""
    while len(answer) < len(text):
        data = client.recv(65536)
        expect(data, "no echo, but an end")
        answer += data
    expect(answer == text, "another echo than what was sent")


@of_server("0")
def talker(connect):
    """Two clients take turns; one leaves, the other is still served."""
    with connect() as first:
        with connect() as second:
            says(first, b"hello\n")
            says(second, b"good morning\n")
        says(first, b"still there?\n")


@of_server("0")
def sender(connect):
    """Sends more than fits into the kernel's buffers, and reads late."""
    text = os.urandom(1 << 16) * 64
    with connect() as client, connect() as other:
        thread = threading.Thread(target=client.sendall, args=(text,))
        thread.start()
        says(other, b"not held up\n")
        answer = bytearray()
        while len(answer) < len(text):
            data = client.recv(1 << 16)
            expect(data, "no echo, but an end")
            answer += data
        thread.join()
        expect(answer == text, "another echo than what was sent")


@of_server("0", "2")
def sleeper(connect):
    """A silent client is dropped, one that talks is not."""
    with connect() as silent, connect() as busy:
        while not select.select([silent], [], [], 0.02)[0]:
            says(busy, b"hello\n")
        expect(silent.recv(1) == b"", "not dropped")
        says(busy, b"still there?\n")
