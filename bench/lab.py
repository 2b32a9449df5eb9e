"""What count.py, run.py and the others share: rows, libraries, commands."""

import os
import resource
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.abspath(os.environ.get("BUILD", "."))
BENCH = os.environ.get("BENCH", os.path.join(BUILD, "bench", "out"))

# In the order of the tables. Ours and libev are one program.
LIBRARIES = ["ours", "libev", "uv", "event", "asio", "raw"]
# Others, for some workloads only.
MORE = {"post": ["glib"], "post-latency": ["glib"]}
SHOWN = {"ours": "relev", "uv": "libuv", "event": "libevent"}

METRICS = {
    "cpu": "processor time, ns an operation",
    "wall": "wall time, ns an operation",
    "p50": "lateness, us, median",
    "bytes": "memory, bytes",
}


LIMIT = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (LIMIT, LIMIT))


class Row:
    """A line of rows.txt."""

    def __init__(self, line):
        self.name, self.metric, *numbers = line.split()[:7]
        (self.counted, self.timed, self.rounds, self.libev,
         self.aim) = map(int, numbers)
        self.command = line.split()[7:]
        self.workload = self.command[0]

    def parameter(self, key, otherwise=None):
        """Of the command, as text."""
        words = dict(word.split("=") for word in self.command[1:])
        return words.get(key, otherwise)

    def possible(self):
        """Whether there may be as many descriptors as it opens."""
        pipes = self.workload in ("pipes", "memory-io", "memory-rss",
                                  "memory-burst")
        number = int(self.parameter("n", 0)) if pipes else 2000
        return number + 50 < LIMIT or LIMIT == resource.RLIM_INFINITY


def rows(wanted=()):
    """Those whose name begins with one of the words wanted, or all."""
    with open(os.path.join(HERE, "rows.txt"), encoding="ascii") as file:
        found = [Row(line) for line in file
                 if line.strip() and not line.startswith("#")]
    found = [row for row in found
             if not wanted or row.name.startswith(tuple(wanted))]
    for row in found:
        if not row.possible():
            print("# %s needs more descriptors than ulimit -Hn" % row.name)
    found = [row for row in found if row.possible()]
    if not found:
        sys.exit("no such row")
    return found


def program(library):
    """The file to run."""
    ours = library in ("ours", "debug", "metrics-1", "metrics-2")
    family = "ev" if ours or library == "libev" else library
    return os.path.join(BENCH, "run-" + family)


def environment(library, **more):
    """Ours is found before the system's libev."""
    env = dict(os.environ, LC_ALL="C", **more)
    env.pop("LD_LIBRARY_PATH", None)
    if library == "ours" or library.startswith("metrics-"):
        env["LD_LIBRARY_PATH"] = BUILD
    if library == "debug":
        env["LD_LIBRARY_PATH"] = BUILD + "/relev-debug"
    if library.startswith("metrics-"):
        env["METRICS"] = library[-1]
    return env


def run(command, env):
    """What the command prints on both outputs, or the end of us."""
    done = subprocess.run(command, env=env, capture_output=True, text=True,
                          check=False)
    if done.returncode == 2 and "Usage:" in done.stderr:
        return None  # the library has no such thing
    if done.returncode:
        sys.exit("%s:\n%s%s" % (" ".join(command), done.stdout, done.stderr))
    return done.stdout


def results(text):
    """KEY=VALUE ... as a dictionary, numbers as such."""
    found = {}
    for word in text.split():
        key, _, value = word.partition("=")
        try:
            found[key] = float(value)
        except ValueError:
            found[key] = value
    return found


def spread(values):
    """Half the distance of the quartiles."""
    if len(values) < 2:
        return 0.0
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    return (high - low) / 2
