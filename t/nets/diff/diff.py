#!/usr/bin/env python3
"""Compares two implementations of libev on random programs.

usage: diff.py [--seeds N] [--first N] [--quick] OURS REFERENCE
       diff.py --program FILE OURS REFERENCE

OURS and REFERENCE are the driver, linked with each of the two libraries. Prints
TAP, a line for each backend and group of seeds. If the traces differ, the
program is minimized, and printed with the end of both traces. With --quick
nothing is printed, and it stops at the first difference. The programs in
corpus/ are always compared, too.
"""

import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

import programs
import shrink
from named import BACKENDS, BUNCH, bunches, collect, write

SHOWN_MOST = 5
# What may add iterations without events, and how many: see recounted. One, and
# idle_most until the clock moves on.
ADDED_MOST = 9
REASON = re.compile(r" *(again T|stop|set I|open|close|dup) ?")


class Comparer:
    """Runs programs on both libraries and finds those that differ."""

    def __init__(self, ours, reference):
        self.drivers = ours, reference

    def traces(self, named):
        """For (name, backend, lines), the traces: two dicts by name."""
        with tempfile.NamedTemporaryFile("w", suffix=".programs") as file:
            write(file, named, modes)
            sides = [subprocess.Popen([driver, file.name],
                                      stdout=subprocess.PIPE,
                                      stderr=subprocess.PIPE, text=True)
                     for driver in self.drivers]
            # The second one runs while the first one's output is read.
            return [collect(side) for side in sides]

    def differing(self, named):
        """The names whose traces differ."""
        ours, reference = self.traces(named)
        return [name for name, backend, lines in named
                if differ(ours.get(name, ""), reference.get(name, ""),
                          backend, is_quiet(lines))]

    def outcomes(self, backend, candidates):
        """For each list of lines: None if both libraries agree, otherwise how
        the two ended. A crash is not the same as a difference."""
        named = [(str(i), backend, lines)
                 for i, lines in enumerate(candidates)]
        ours, reference = self.traces(named)
        return [(ours[name].splitlines()[-1], reference[name].splitlines()[-1])
                if differ(ours[name], reference[name], backend,
                          is_quiet(lines))
                else None for name, _, lines in named]


def is_quiet(lines):
    """True for half of the programs; depends on their length."""
    return len(lines) % 2


def modes(lines):
    """What the driver is told beside the backend. Half of the programs
    are quiet, half have an error callback, half are measured, in all
    combinations."""
    half, quarter = len(lines) // 2 % 2, len(lines) // 4 % 2
    return is_quiet(lines) * 16 + half * 32 + quarter * 64


def tied(mine, other):
    """Whether both are calls of timers, due at the same time. The guard's and
    those of ev_stat that polls do not say when they were."""
    timers = [re.match(r" *(?:call 100 T.* due (\S+)|guard 100|call 1000 V)",
                       line) for line in (mine, other)]
    if not all(timers):
        return False
    dues = {timer[1] for timer in timers} - {None}
    return len(dues) < 2


def woken_for_nobody(mine, others):
    """Whether only the reference polls twice, at first without a wait, and
    dispatches nothing in between. epoll reports fds of stopped watchers, too.
    4.33 removes each one at its first event. If our table has become smaller
    since, we replace the whole set at the first event of any of them."""
    polls = [re.match(r" *poll (\d) turn (\d+) until (\S+)$", line)
             for line in (mine, *others)]
    if len(polls) < 3 or not all(polls):
        return False
    loops, turns, ends = zip(*(poll.groups() for poll in polls))
    return (len(set(loops)) == 1 and turns[0] == turns[1]
            and int(turns[2]) == int(turns[0]) + 1
            and ends[0] == ends[2] and float(ends[1]) < float(ends[0]))


def recounted(ours, reference):
    """Our lines, with the reference's numbers of iterations where ours are
    larger, but not by more than has a reason. If no callback observes it, we
    have an iteration without events at the old time of a timer that was put
    off, and perhaps some more until the clock moves on. And one that does
    not wait asks the kernel for nothing if no fd is watched: an event of an
    old fd then wakes the loop later, and alone."""
    reasons, lines = 0, []
    for mine, other in zip(ours, reference):
        reasons += ADDED_MOST * bool(REASON.match(mine))
        turns = [re.search(r" turn (\d+)", line) for line in (mine, other)]
        if all(turns) and 0 < int(turns[0][1]) - int(turns[1][1]) <= reasons:
            mine = mine.replace(turns[0][0], turns[1][0])
        lines.append(mine)
    return lines + ours[len(lines):]


def differ(ours, reference, backend, quiet):
    """Whether two traces do, before timers that are due at the same time: of
    such, three or more have no order. If no callback observes it, we may wake
    for a timer that was put off, and so see a moment earlier that the clock has
    jumped: then periodics are asked earlier."""
    if quiet and "jump" in ours:
        ours, reference = (re.sub(r"asked at [\d.]+", "asked", side)
                           for side in (ours, reference))
    same, ours, reference = first_difference(ours, reference, quiet)
    if ours == reference:
        return False
    if same == min(len(ours), len(reference)):
        return True
    if backend == "epoll" and woken_for_nobody(ours[same],
                                               reference[same:same + 2]):
        return False
    return not tied(ours[same], reference[same])


def first_difference(ours, reference, quiet):
    ours, reference = ours.splitlines(), reference.splitlines()
    if quiet:
        ours = recounted(ours, reference)
    same = 0
    while (same < min(len(ours), len(reference))
           and ours[same] == reference[same]):
        same += 1
    return same, ours, reference


def report(comparer, name, backend, lines):
    """The shortest program found, and where its traces begin to differ."""
    wanted = comparer.outcomes(backend, [lines])[0]
    short = shrink.shrink(lines, lambda candidates: [
        outcome == wanted
        for outcome in comparer.outcomes(backend, candidates)])
    ours, reference = (side["x"] for side in
                       comparer.traces([("x", backend, short)]))
    same, ours, reference = first_difference(ours, reference,
                                             is_quiet(short))
    print(f"# {name}: {len(short)} lines of {len(lines)} are left")
    print(f"# program {name} {BACKENDS[backend] + modes(short)}")
    for line in short:
        print("# " + line)
    print("# both:")
    for line in ours[max(0, same - 4):same]:
        print("#   " + line)
    for title, side in (("ours", ours), ("reference", reference)):
        print(f"# {title}:")
        for line in side[same:same + 4]:
            print("#   " + line)
    sys.stdout.flush()


def all_bunches(args):
    return bunches(args, pathlib.Path(__file__).parent / "corpus",
                   programs.program, 10 if args.quick else BUNCH)


def compare_quick(comparer, args):
    return any(comparer.differing(named) for _, named in all_bunches(args))


def compare(comparer, args):
    number = failures = 0
    shown = set()
    for title, named in all_bunches(args):
        differing = set(comparer.differing(named))
        for backend in BACKENDS:
            number += 1
            bad = [entry for entry in named
                   if entry[1] == backend and entry[0] in differing]
            failures += bool(bad)
            print(f"{'not ok' if bad else 'ok'} {number} - {title}"
                  f" [{backend}]")
            for entry in bad[:SHOWN_MOST]:
                print(f"# differs: {entry[0]}")
                origin = entry[0].split("/")[0]
                if origin not in shown and len(shown) < SHOWN_MOST:
                    shown.add(origin)
                    report(comparer, *entry)
            sys.stdout.flush()
    print(f"1..{number}")
    return failures


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=300)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--program", type=pathlib.Path)
    parser.add_argument("ours")
    parser.add_argument("reference")
    args = parser.parse_args()
    comparer = Comparer(args.ours, args.reference)
    failed = (compare_quick if args.quick else compare)(comparer, args)
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
