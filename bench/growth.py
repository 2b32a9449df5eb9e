#!/usr/bin/env python3
"""Measures how the time of an operation grows, by growth.txt.

Usage: growth.py [--quick] [NAME]...

The libraries run in turn. The results go to BUILD/bench/out/growth.json, for
plot.py. Environment: BUILD.
"""

import argparse
import json
import os
import statistics

import lab
import run

BIG = 1000000
SPARE = 2000  # processes of others


class Curve:
    """A line of growth.txt."""

    def __init__(self, line):
        words = line.split()
        self.name = words[0]
        self.first, self.last, self.timed, self.rounds = map(int, words[1:5])
        self.command = words[5:]

    def numbers(self):
        """Of watchers: powers of ten."""
        number = self.first
        while number <= self.last:
            if self.allowed(number):
                yield number
            else:
                print("# %s: the machine does not allow %d"
                      % (self.name, number))
            number *= 10

    def allowed(self, number):
        """By the limits of this machine."""
        if self.command[0] == "child":
            with open("/proc/sys/kernel/pid_max", encoding="ascii") as file:
                return number + SPARE < int(file.read())
        return self.row(number).possible()

    def row(self, number, divisor=1):
        """What run.py can measure."""
        timed = max(self.timed // divisor, number)
        rounds = self.rounds if number < BIG else 1
        return lab.Row("%s-%d cpu 0 %d %d 0 0 %s n=%d" % (
            self.name, number, timed, rounds, " ".join(self.command), number))


def curves(wanted):
    """Those whose name begins with one of the words wanted, or all."""
    with open(os.path.join(lab.HERE, "growth.txt"), encoding="ascii") as file:
        found = [Curve(line) for line in file if line[0] not in "#\n"]
    return [curve for curve in found
            if not wanted or curve.name.startswith(tuple(wanted))]


def show(number, medians):
    """A line of the table."""
    print("%12s" % "{:,}".format(number) + "".join(
        "%10s" % ("%.1f" % medians[library] if library in medians else "-")
        for library in lab.LIBRARIES), flush=True)


def measure(curve, quick):
    """For each library a list of pairs: a number, the time."""
    found = {}
    for number in curve.numbers():
        if quick and number > BIG:
            continue
        row = curve.row(number, 5 if quick else 1)
        runs = run.rounds(row, 1 if quick else row.rounds, 1)
        medians = {library: statistics.median(one["cpu_ns"] for one in list_)
                   for library, list_ in runs.items()}
        show(number, medians)
        for library, time in medians.items():
            found.setdefault(library, []).append((number, time))
    return found


def main():
    """See above."""
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    print("processor time, ns an operation\n\n%12s" % "" + "".join(
        "%10s" % lab.SHOWN.get(library, library)
        for library in lab.LIBRARIES))
    results = {}
    for curve in curves(options.names):
        print("-- " + curve.name)
        results[curve.name] = measure(curve, options.quick)
    with open(os.path.join(lab.BENCH, "growth.json"), "w",
              encoding="utf-8") as file:
        json.dump({"machine": run.machine(), "curves": results,
                   "whole": not options.quick and not options.names},
                  file, indent=1)


if __name__ == "__main__":
    main()
