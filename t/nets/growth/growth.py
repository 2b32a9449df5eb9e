#!/usr/bin/env python3
"""Judges how the cost of every scenario of the driver grows. Prints TAP.

usage: growth.py [-n N] [--show] [--alone] OURS REFERENCE [SCENARIO]...

OURS and REFERENCE are the driver, linked with the one and with the other.
Ours is measured for N, 2N and 4N, the reference for 4N, and for the others
where ours has faults; with --alone not at all. What is to cost as much as
another scenario is measured for 4N only. SCENARIO is how names of scenarios
begin. With --show the figures of those that pass come too.
"""

import argparse
import collections
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import lists

# From N to 2N and from there to 4N the cost rises by two amounts. The second
# is twice the first if cost is linear, 2.2 times with n log n, 4 times with
# n * n, 8 times with the cube. As that may be a mere step, all of it has to be
# more than what n log n gives, too, which is less than 5.
FINE = {"instructions": 2.7, "system calls": 2.4}
SQUARE = 5.2
STEP = 7
# Smaller rises tell nothing: so many for each of the 2N that were added.
NOISE = {"instructions": 1.0, "system calls": .02}

# What our library may take, in terms of libev's, and beside that. Start and
# stop of a watcher may take less than the rest, and what the driver itself
# executes is not counted there; loops and ev_once are another thing.
MOST, MOST_START_STOP = 1.5, 1.1
START_STOP = re.compile(
    r"(?!loops|event_bases|once|event_once)\w+"
    r"\.(start|start_spread|stop_(oldest|latest|mixed)|restart|cycles)$")
SPARE = {"instructions": 3000, "system calls": 20}

# Not compared, as libev does less: it checks few watchers, and leaves behind
# the memory of what waits.
UNLIKE = re.compile(r"\.verify$|^(event_)?once\w*\.destroy$")

# What costs as much as another one of ours, or so many times as much: the same
# with addresses that are far from each other (R4.14), or with ten times as many
# others (R4.6); loops embedded in each other, where each iteration polls the
# inner one (R4.13; libev ends with an assertion).
ALIKE = [(re.compile(r"_by_\d+\."), ".", 1.05),
         (re.compile(r"_10k\."), "_1k.", 1.05),
         (re.compile(r"^embed_ring\."), "embed_pair.", 3)]

# Files are made there, if it is available: it is fast.
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None

WHAT = list(FINE)
COST = tuple("0123456789+-*")
Cost = collections.namedtuple("Cost", ["instructions", "calls", "own"])


def model(name):
    """The scenario whose cost this one's must be, and how often; or None."""
    for pattern, other, times in ALIKE:
        if pattern.search(name):
            return pattern.sub(other, name), times
    return None


def own_instructions(text, driver):
    """What the functions of the driver itself took, in a callgrind file."""
    number = re.search(r"^c?ob=(\(\d+\)) %s$" % re.escape(driver), text, re.M)
    total = 0
    mine = called = False
    for line in text.splitlines():
        if line.startswith("ob="):
            mine = number and line.split()[0] == "ob=" + number[1]
        elif line.startswith("calls="):
            called = True  # the next line is what the callee took
        elif line[:1] in COST:
            total += int(line.split()[1]) if mine and not called else 0
            called = False
    return total


class Measured:
    """What callgrind says of a driver."""

    def __init__(self, driver):
        self.driver = os.path.abspath(driver)
        self.costs = {}  # by (scenario, size)
        self.functions = set()
        self.log = []

    def run(self, sizes, names, alike=()):
        """All scenarios, on all processors."""
        shares = 2 * os.cpu_count()
        with tempfile.TemporaryDirectory(dir=MEMORY) as out:
            running = [self.start(out, share, shares, (sizes, alike), names)
                       for share in range(shares)]
            for process in running:
                text, _ = process.communicate()
                self.log += [line for line in text.splitlines()
                             if re.match(r"\w+\.\w+\.\d+: ", line)]
                if process.returncode:
                    sys.exit("Bail out! %s: %s" % (self.driver, text))
            for path in pathlib.Path(out).glob("*.*.*"):
                self.read(path)

    def start(self, out, share, shares, sizes, names):
        """A driver that does a share of all scenarios."""
        files = pathlib.Path(out) / ("files%d" % share)
        files.mkdir()
        return subprocess.Popen(
            ["valgrind", "-q", "--tool=callgrind", "--collect-atstart=no",
             "--collect-systime=yes", "--dump-line=no",
             "--callgrind-out-file=" + out + "/%p", self.driver,
             out, *[",".join(map(str, some)) for some in sizes],
             str(share), str(shares), *names],
            cwd=files, env={**os.environ, "LD_BIND_NOW": "1"},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def read(self, path):
        """A file of callgrind's."""
        text = path.read_text(encoding="ascii")
        scenario, size = path.name.rsplit(".", 1)
        sums = re.search(r"^summary: (\d+) ?(\d*)", text, re.M)
        own = 0
        if START_STOP.match(scenario):
            own = own_instructions(text, self.driver)
        cost = Cost(int(sums[1]), int(sums[2] or 0), own)
        self.costs[scenario, int(size)] = cost
        self.functions.update(re.findall(r"^c?fn=\(\d+\) (\w+)$", text, re.M))


def rise(line, noise):
    """How many times the first rise the second is; 0 if that means little."""
    first, second = line[1] - line[0], line[2] - line[1]
    if second <= noise or line[2] < STEP * line[0]:
        return 0
    return second / max(first, 1)


class Judge:
    """Compares what was measured with what may be."""

    def __init__(self, ours, reference, sizes):
        self.ours, self.reference, self.sizes = ours, reference, sizes
        self.stated = lists.Stated()
        self.dearer = lists.Dearer()

    def line(self, measured, name, k):
        """A cost in all sizes; where it was not measured, None."""
        costs = [measured.costs.get((name, size)) for size in self.sizes]
        return [cost and cost[k] for cost in costs]

    def faults(self, name):
        """Of a scenario."""
        found = []
        for k, what in enumerate(WHAT):
            ours = self.line(self.ours, name, k)
            if model(name):
                found += self.as_model(name, what, ours[-1], k)
                continue
            if None in ours:
                return ["nothing was measured"]
            found += self.grown(name, what, ours)
            libev = self.line(self.reference, name, k)[-1]
            if libev is not None:
                found += self.compared(name, what, ours[-1], libev)
        return found

    def figures(self, name):
        """Of a scenario, for people."""
        for k, what in enumerate(WHAT):
            yield "%-12s %s; libev %s" % (what, *[
                ", ".join("-" if cost is None else "%d" % cost
                          for cost in self.line(measured, name, k))
                for measured in (self.ours, self.reference)])

    def as_model(self, name, what, ours, k):
        """Does it cost as much as the scenario that it must cost as much as?"""
        modeled, times = model(name)
        other = self.line(self.ours, modeled, k)[-1]
        if None in (ours, other):
            return ["nothing was measured"]
        if ours <= times * other + SPARE[what]:
            return []
        return ["%s: %d, but %s has %d" % (what, ours, modeled, other)]

    def grown(self, name, what, ours):
        """Does the cost rise faster than n log n, or than is stated?"""
        times = rise(ours, NOISE[what] * 2 * self.sizes[0])
        if times <= FINE[what]:
            return []
        if times > SQUARE:
            return ["%s: rise %.1f-fold, more than the square"
                    % (what, times)]
        if self.stated.allows(name):
            return []
        return ["%s: rise %.1f-fold, more than n log n, which the manual does "
                "not state" % (what, times)]

    def compared(self, name, what, ours, libev):
        """Is ours much dearer?"""
        if UNLIKE.search(name):
            return []
        most = MOST
        if what == "instructions" and START_STOP.match(name):
            most = MOST_START_STOP
            ours -= self.ours.costs[name, self.sizes[-1]].own
            libev -= self.reference.costs[name, self.sizes[-1]].own
        if ours > most * libev + SPARE[what]:
            most = max(most, self.dearer.most(name, what))
        if ours <= most * libev + SPARE[what]:
            return []
        return ["%s: %.1f times libev's, %.1f may be"
                % (what, ours / max(libev, 1), most)]


def report(judge, options):
    """Prints TAP; returns the exit status."""
    tap = lists.Report()
    for name in options.listed:
        faults = judge.faults(name)
        shown = faults or options.show
        tap.line("test_growth_" + name, faults,
                 judge.figures(name) if shown else [])
    checks = []
    if not options.scenarios:
        checks += judge.stated.checks()
        checks += lists.functions_measured(judge.ours.functions)
        if not options.alone:
            checks += judge.dearer.checks()
    for name, faults in checks:
        tap.line(name, faults)
    for text in judge.ours.log:
        print("# " + text)
    return tap.end()


def arguments():
    """See above."""
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("-n", type=int, default=260)
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--alone", action="store_true")
    parser.add_argument("ours")
    parser.add_argument("reference")
    parser.add_argument("scenarios", nargs="*")
    options = parser.parse_args()
    listed = subprocess.run([options.ours, "--list"], check=True, text=True,
                            capture_output=True).stdout.split()
    options.listed = [name for name in listed
                      if name.startswith(tuple(options.scenarios or [""]))]
    return options


def main():
    """Measures, then measures the reference again where ours has faults."""
    options = arguments()
    sizes = [options.n, 2 * options.n, 4 * options.n]
    ours, reference = Measured(options.ours), Measured(options.reference)
    ours.run(sizes, options.scenarios, sizes[-1:])
    if not options.alone:
        reference.run(sizes[-1:], options.scenarios)
        judge = Judge(ours, reference, sizes)
        bad = [name for name in options.listed if judge.faults(name)]
        if bad:
            reference.run(sizes[:2], bad)
    sys.exit(report(Judge(ours, reference, sizes), options))


if __name__ == "__main__":
    main()
