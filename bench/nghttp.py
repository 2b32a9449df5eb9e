"""A real server: Debian's nghttpd under h2load, both on the same libev."""

import re
import shutil
import socket
import subprocess
import tempfile
import time

import lab


def there():
    """Whether both programs are installed."""
    return shutil.which("nghttpd") and shutil.which("h2load")


def free_port():
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port):
    """Until the server accepts."""
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except ConnectionRefusedError:
            time.sleep(0.01)
    raise RuntimeError("nghttpd does not listen")


def processor_ns(pid):
    """The time on a processor of a process that has one thread."""
    with open("/proc/%d/schedstat" % pid, encoding="ascii") as file:
        return int(file.read().split()[0])


def once(library, requests):
    """Of one run: the server's processor time and wall time per request."""
    env = lab.environment(library)
    port = free_port()
    with tempfile.TemporaryDirectory() as root:
        with open(root + "/index.html", "w", encoding="ascii") as file:
            file.write("A page.\n")
        with subprocess.Popen(["nghttpd", "--no-tls", "-a", "127.0.0.1", "-d",
                               root, str(port)], env=env,
                              stdout=subprocess.DEVNULL) as server:
            try:
                wait_for(port)
                before = processor_ns(server.pid)
                text = lab.run(["h2load", "-n", str(requests), "-c", "20",
                                "-m", "10", "http://127.0.0.1:%d/index.html"
                                % port], env)
                used = processor_ns(server.pid) - before
            finally:
                server.terminate()
    if " %d succeeded" % requests not in text:
        raise RuntimeError(text)
    rate = float(re.search(r", ([0-9.]+) req/s", text)[1])
    return {"cpu_ns": used / requests, "wall_ns": 1e9 / rate}
