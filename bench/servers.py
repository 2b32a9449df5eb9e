"""Real servers, on ours and on Debian's libev: nghttpd, and hitch, a TLS proxy.

Clients and the server behind the proxy use Debian's libev in all runs.
"""

import contextlib
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time

import lab

# What each row needs. The packages: nghttp2-server, nghttp2-client, hitch,
# openssl.
NEEDS = {"nghttpd": ["nghttpd", "h2load"],
         "hitch": ["nghttpd", "h2load", "hitch", "openssl"]}
PATH = os.environ["PATH"] + ":/usr/sbin"
LIBRARIES = ["ours", "libev"]


def possible(workload):
    """Whether its programs are installed."""
    return all(shutil.which(name, path=PATH) for name in NEEDS[workload])


def free_port():
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port):
    """Until the server accepts."""
    for _ in range(500):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except ConnectionRefusedError:
            time.sleep(0.01)
    raise RuntimeError("the server does not listen")


@contextlib.contextmanager
def running(library, port, *command):
    """The process of a server that listens. It ends with the block."""
    env = dict(lab.environment(library), PATH=PATH)
    with subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as server:
        try:
            wait_for(port)
            yield server
        finally:
            server.terminate()


@contextlib.contextmanager
def nghttpd(library, root):
    """The process and the port."""
    with open(root + "/index.html", "w", encoding="ascii") as file:
        file.write("A page.\n")
    port = free_port()
    with running(library, port, "nghttpd", "--no-tls", "-a", "127.0.0.1",
                 "-d", root, str(port)) as server:
        yield server, "http://127.0.0.1:%d" % port


@contextlib.contextmanager
def hitch(library, root):
    """The same, of one worker in front of nghttpd."""
    pem = root + "/pem"
    lab.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
             "/CN=localhost", "-days", "1", "-keyout", pem, "-out",
             root + "/crt"], lab.environment("libev"))
    with open(pem, "a", encoding="ascii") as both, \
            open(root + "/crt", encoding="ascii") as certificate:
        both.write(certificate.read())
    port = free_port()
    user = ["--user=nobody"] if os.getuid() == 0 else []
    with nghttpd("libev", root) as (_, behind), \
            running(library, port, "hitch", "--workers=1", "--alpn-protos=h2",
                    "--frontend=[127.0.0.1]:%d" % port,
                    "--backend=[127.0.0.1]:" + behind.rsplit(":", 1)[1],
                    *user, pem) as server:
        yield server, "https://127.0.0.1:%d" % port


def processor_ns(pid):
    """The time on a processor, of a process and its children. Each has one
    thread."""
    with open("/proc/%d/schedstat" % pid, encoding="ascii") as file:
        own = int(file.read().split()[0])
    with open("/proc/%d/task/%d/children" % (pid, pid),
              encoding="ascii") as file:
        return own + sum(map(processor_ns, map(int, file.read().split())))


def once(row, library, requests):
    """Of one run: the server's processor time and wall time per request."""
    start = {"nghttpd": nghttpd, "hitch": hitch}[row.workload]
    with tempfile.TemporaryDirectory() as root:
        with start(library, root) as (server, url):
            before = processor_ns(server.pid)
            text = lab.run(["h2load", "-n", str(requests),
                            "-c", row.parameter("clients"),
                            "-m", row.parameter("streams"),
                            url + "/index.html"], lab.environment("libev"))
            used = processor_ns(server.pid) - before
    if " %d succeeded" % requests not in text:
        raise RuntimeError(text)
    rate = float(re.search(r", ([0-9.]+) req/s", text)[1])
    return {"cpu_ns": used / requests, "wall_ns": 1e9 / rate}
