#!/usr/bin/env python3
"""examples/hello_http.cpp against the same program on asio, by h2load over
loopback, alternately. Prints a table for README.md: requests per second and the
server's processor time per request, as ratios relev / asio, and the memory of a
connection.

Usage: http.py [ROUNDS]      Environment: BUILD, CXX. Packages: nghttp2-client
"""

import os
import re
import resource
import signal
import statistics
import subprocess
import sys
import tempfile

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
BUILD = os.environ.get("BUILD", TOP)
ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 5
SOURCES = {"relev": "examples/hello_http.cpp",
           "asio": "bench/coro/http_asio.cc"}
REQUESTS = {100: 60000, 10000: 100000}


def build(directory):
    for name, source in SOURCES.items():
        subprocess.run(
            [os.environ.get("CXX", "g++"), "-std=c++20", "-O2", "-DNDEBUG",
             "-I" + TOP, os.path.join(TOP, source), "-o",
             os.path.join(directory, name),
             os.path.join(BUILD, "libev.a"), "-pthread"], check=True)


def memory(pid):
    with open("/proc/%d/status" % pid) as file:
        return int(re.search(r"VmHWM:\s*(\d+)", file.read())[1]) * 1024


def processor_time(pid):
    with open("/proc/%d/stat" % pid) as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Server:
    def __init__(self, path, threads):
        self.process = subprocess.Popen([path, "0", str(threads), "300"],
                                        stdout=subprocess.PIPE)
        self.port = int(self.process.stdout.readline().split(b":")[1])
        self.pid = self.process.pid
        self.empty = memory(self.pid)

    def load(self, connections):
        """(requests per second, processor time per request, memory of a
        connection)"""
        before, requests = processor_time(self.pid), REQUESTS[connections]
        said = subprocess.run(
            ["h2load", "--h1", "-n", str(requests), "-c", str(connections),
             "-t", "1", "http://127.0.0.1:%d/" % self.port],
            capture_output=True, text=True, check=True).stdout
        if " %d 2xx" % requests not in said:
            sys.exit("http.py: not all requests succeeded:\n" + said)
        rate = float(re.search(r"([\d.]+) req/s", said)[1])
        time = (processor_time(self.pid) - before) / requests
        return rate, time, (memory(self.pid) - self.empty) / connections

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


def measured(directory, threads, connections):
    """name: a list of what load returned."""
    all_of = {name: [] for name in SOURCES}
    for number in range(ROUNDS):
        for name in sorted(SOURCES, reverse=number % 2 == 0):
            server = Server(os.path.join(directory, name), threads)
            all_of[name].append(server.load(connections))
            server.end()
    return all_of


def main():
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    print("| threads | connections | requests/s | CPU per request "
          "| memory of a connection, relev | asio |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as directory:
        build(directory)
        for threads in (1, 2):
            for connections in REQUESTS:
                got = measured(directory, threads, connections)
                rate, time = (statistics.median(
                    ours[i] / theirs[i] for ours, theirs in zip(
                        got["relev"], got["asio"])) for i in (0, 1))
                space = [statistics.median(run[2] for run in got[name])
                         for name in ("relev", "asio")]
                print("| %d | %s | %.2f | %.2f | %.1f KiB | %.1f KiB |" % (
                    threads, format(connections, ","), rate, time,
                    space[0] / 1024, space[1] / 1024), flush=True)


if __name__ == "__main__":
    main()
