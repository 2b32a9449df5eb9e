#!/usr/bin/env python3
"""Runs wild programs on several builds of the library, and on libev.

usage: wild.py [--seeds N] [--first N] DIR
       wild.py --program FILE DIR

DIR has the drivers: ours, debug, san, reference. Prints TAP, a line for each
backend and bunch of seeds. A program fails if
  - it ends badly, or sees what the driver calls wrong;
  - it goes otherwise if its descriptors have large numbers (ours, far);
  - it goes otherwise in a debug build, or with sanitizers;
  - other watchers are called than by libev, or at other times, in a program
    that libev survives, as far as there is a rule for it.
Such a program is made as short as can be, and printed.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
sys.path.append(str(HERE.parent / "diff"))

import generator  # noqa: E402
import shrink  # noqa: E402
from named import BACKENDS, bunches, collect, write  # noqa: E402
from verdict import verdict  # noqa: E402

SIDES = {"ours": ("ours", "near"), "far": ("ours", "far"),
         "debug": ("debug", "near"), "san": ("san", "near"),
         "reference": ("reference", "near")}
ENVIRONMENT = dict(os.environ, ASAN_OPTIONS="detect_leaks=0")
SHOWN_MOST = 20


class Runner:
    def __init__(self, directory):
        self.sides = {name: [str(directory / driver), where]
                      for name, (driver, where) in SIDES.items()
                      if (directory / driver).exists()}
        self.compared = self.ran = 0

    def traces(self, named, wanted=SIDES):
        """For (name, backend, lines): a dict of traces by side and name."""
        with tempfile.NamedTemporaryFile("w", suffix=".programs") as file:
            write(file, named)
            running = {side: subprocess.Popen(
                command + [file.name], stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, text=True, env=ENVIRONMENT)
                for side, command in self.sides.items() if side in wanted}
            return {side: collected(process)
                    for side, process in running.items()}

    def faults(self, named, wanted=SIDES):
        """By name, what is wrong with those programs that fail."""
        traces, found = self.traces(named, wanted), {}
        for name, _, lines in named:
            sides = {side: traces[side][name] for side in traces}
            fault, compared = verdict(lines, sides)
            self.ran += 1
            self.compared += compared
            if fault:
                found[name] = fault
        return found

    def still(self, backend, fault):
        """Whether each of some candidates has that fault."""
        def judge(candidates):
            named = [(str(i), backend, lines)
                     for i, lines in enumerate(candidates)]
            found = self.faults(named, sides_of(fault))
            return [found.get(name, ("",))[0] == fault[0]
                    for name, _, _ in named]
        return judge


def collected(process):
    return {name: text.splitlines()
            for name, text in collect(process).items()}


def sides_of(fault):
    """Those that show it."""
    first = fault[0].split(":")[0]
    return {"ours", "reference" if first == "libev" else first}


def report(runner, name, backend, lines, fault):
    short = shrink.shrink(lines, runner.still(backend, fault))
    sides = runner.traces([("x", backend, short)], sides_of(fault))
    print(f"# {name}: {len(short)} lines of {len(lines)} are left")
    for line in short:
        print("#   " + line)
    again = verdict(short, {s: t["x"] for s, t in sides.items()})[0]
    for line in again[1:] if again else ["not seen again"]:
        print("# " + line)
    sys.stdout.flush()


def compare(runner, args):
    number = failures = 0
    shown = {}
    for title, named in bunches(args, HERE / "corpus", generator.program):
        found = runner.faults(named)
        for backend in BACKENDS:
            number += 1
            bad = [entry for entry in named
                   if entry[1] == backend and entry[0] in found]
            failures += bool(bad)
            print(f"{'not ok' if bad else 'ok'} {number} - {title}"
                  f" [{backend}]")
            for entry in bad:
                fault = found[entry[0]]
                print(f"# {entry[0]}: {fault[0]}")
                if shown.setdefault(fault[0], entry[0]) == entry[0] \
                        and len(shown) <= SHOWN_MOST:
                    report(runner, *entry, fault)
            sys.stdout.flush()
    print(f"1..{number}")
    print(f"# {runner.compared} of {runner.ran} runs compared with libev")
    return failures


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=300)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--program", type=pathlib.Path)
    parser.add_argument("directory", type=pathlib.Path)
    args = parser.parse_args()
    sys.exit(compare(Runner(args.directory.resolve()), args) > 0)


if __name__ == "__main__":
    main()
