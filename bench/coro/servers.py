#!/usr/bin/env python3
"""The echo server, the HTTP server and the proxy with relev.hpp, with asio and
by epoll alone, over loopback, alternately. Prints a table for README.md: the
medians of the ratios relev / other of the server's processor time per request,
and of requests per second, and the memory of a connection.

Usage: servers.py [ROUNDS [REQUESTS]]
Environment: BUILD, CXX, ROWS, PROGRAMS (a directory: built there, and kept).
Packages: nghttp2-client libasio-dev
"""

import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
BUILD = os.environ.get("BUILD", TOP)
ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 5
REQUESTS = int(sys.argv[2]) if len(sys.argv) > 2 else 60000
SOURCES = {
    "echo": {"relev": "examples/coro_echo.cpp",
             "asio": "bench/coro/echo_asio.cc",
             "raw": "bench/coro/echo_raw.cc"},
    "http": {"relev": "examples/hello_http.cpp",
             "asio": "bench/coro/http_asio.cc",
             "raw": "bench/coro/http_raw.cc"},
    "proxy": {"relev": "examples/coro_proxy.cpp",
              "asio": "bench/coro/proxy_asio.cc",
              "raw": "bench/coro/proxy_raw.cc"},
}
LIBRARIES = ("relev", "asio", "raw")
# name: what it runs, threads, connections
ROWS = {
    "echo": ("echo", 1, 100), "echo-1000": ("echo", 1, 1000),
    "http": ("http", 1, 100), "http-10000": ("http", 1, 10000),
    "http-2": ("http", 2, 100), "http-2-10000": ("http", 2, 10000),
    "proxy": ("proxy", 1, 100), "proxy-1000": ("proxy", 1, 1000),
}


def built(directory, source):
    """The program of a source, which is made if it is not there."""
    program = os.path.join(directory, re.sub(r"\W", "_", source))
    if not os.path.exists(program):
        subprocess.run(
            [os.environ.get("CXX", "g++"), "-std=c++20", "-O2", "-DNDEBUG",
             "-I" + TOP, os.path.join(TOP, source), "-o", program,
             os.path.join(BUILD, "libev.a"), "-pthread"], check=True)
    return program


def memory(pid):
    with open("/proc/%d/status" % pid) as file:
        return int(re.search(r"VmHWM:\s*(\d+)", file.read())[1]) * 1024


def processor_time(pid):
    """Of all threads, to the nanosecond."""
    total = 0
    for thread in os.listdir("/proc/%d/task" % pid):
        with open("/proc/%d/task/%s/schedstat" % (pid, thread)) as file:
            total += int(file.read().split()[0])
    return total / 1e9


class Server:
    def __init__(self, *command):
        self.process = subprocess.Popen([*map(str, command)],
                                        stdout=subprocess.PIPE)
        self.port = int(self.process.stdout.readline().split(b":")[1])
        self.pid = self.process.pid

    def end(self):
        self.process.kill()
        self.process.wait()


def loaded(directory, kind, server, connections):
    """Requests per second."""
    port = server.port
    if kind == "echo":
        command = [built(directory, "bench/coro/echo_load.cc"), str(port),
                   str(connections), str(REQUESTS)]
    else:
        command = ["h2load", "--h1", "-n", str(REQUESTS), "-c",
                   str(connections), "-t", "1", "http://127.0.0.1:%d/" % port]
    said = subprocess.run(command, capture_output=True, text=True,
                          check=True).stdout
    if kind != "echo" and " %d 2xx" % REQUESTS not in said:
        sys.exit("servers.py: %s (status %s): not all requests succeeded:\n%s"
                 % (server.process.args, server.process.poll(), said))
    return float(re.search(r"([\d.]+) req/s", said)[1])


def measured(directory, row, library):
    """(processor time per request, requests per second, memory of a
    connection)"""
    kind, threads, connections = ROWS[row]
    arguments, behind = [0, threads], None
    if kind == "echo":
        arguments = [0]
    if kind == "proxy":
        behind = Server(built(directory, SOURCES["http"]["raw"]), 0)
        arguments = [behind.port]
    server = Server(built(directory, SOURCES[kind][library]), *arguments)
    empty, before = memory(server.pid), processor_time(server.pid)
    rate = loaded(directory, kind, server, connections)
    time = (processor_time(server.pid) - before) / REQUESTS
    space = (memory(server.pid) - empty) / connections
    for s in (server, behind):
        if s:
            s.end()
    return time, rate, space


def print_row(directory, row):
    got = {library: [] for library in LIBRARIES}
    for number in range(ROUNDS):
        for library in LIBRARIES[::1 if number % 2 else -1]:
            got[library].append(measured(directory, row, library))
    cells = []
    for i in (0, 1):
        for other in ("asio", "raw"):
            cells.append("%.2f" % statistics.median(
                ours[i] / theirs[i]
                for ours, theirs in zip(got["relev"], got[other])))
    for library in LIBRARIES:
        cells.append("%.1f KiB" % (statistics.median(
            run[2] for run in got[library]) / 1024))
    print("| `%s` | %s |" % (row, " | ".join(cells)), flush=True)


def main():
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    print("| row | CPU, relev / asio | relev / raw | requests/s, relev / asio "
          "| relev / raw | memory, relev | asio | raw |")
    print("|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as directory:
        for row in os.environ.get("ROWS", " ".join(ROWS)).split():
            print_row(os.environ.get("PROGRAMS", directory), row)


if __name__ == "__main__":
    main()
