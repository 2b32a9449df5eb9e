#!/usr/bin/env python3
"""Sums up what gcov counted in the library's files.

Usage: coverage.py TOP DIRECTORY

Prints the lines and branches that were not reached, then the percentages of
each file and of all; these go to DIRECTORY/summary, too. Every line that was
not reached needs a reason in t/coverage/reasons. Fails if one has none, a
reason belongs to no line, or less was reached than is wanted.
"""
import json
import os
import pathlib
import re
import subprocess
import sys

HOUSES = ("core/", "backends/", "watchers/", "compat/")
LINES_WANTED, BRANCHES_WANTED = 95, 85


def counted(directory):
    """What gcov says of each object that ran."""
    for data in sorted(directory.rglob("*.gcda")):
        out = subprocess.run(
            ["gcov", "--json-format", "--stdout", "--branch-probabilities",
             str(data)], cwd=directory, capture_output=True, check=True).stdout
        for line in out.splitlines():
            yield from json.loads(line)["files"]


class File:
    """Counts of one source file. A line of a template is counted once for
    each type: here as one line, reached if it was for any of them."""

    def __init__(self, path):
        self.text = path.read_text().splitlines()
        self.lines = {}
        self.branches = {}

    def add(self, line):
        number = line["line_number"]
        self.lines[number] = self.lines.get(number, 0) + line["count"]
        if self.is_assertion(number):
            return
        sums = self.branches.setdefault(number, [])
        for k, branch in enumerate(b for b in line["branches"]
                                   if not b["throw"]):
            if k == len(sums):
                sums.append(0)
            sums[k] += branch["count"]

    def is_assertion(self, number):
        """Whether it is a line of a verify_that(...), which never fails."""
        first = number
        while first > 1 and not re.search(r"[;{}]\s*(//.*)?$",
                                          self.text[first - 2]):
            first -= 1
        return any("verify_that(" in line
                   for line in self.text[first - 1:number])


def collect(top, directory):
    files = {}
    for counts in counted(directory):
        name = os.path.relpath(os.path.realpath(counts["file"]), top)
        if not name.startswith(HOUSES):
            continue
        file = files.setdefault(name, File(top / name))
        for line in counts["lines"]:
            file.add(line)
    return dict(sorted(files.items()))


def read_reasons(path):
    reasons = []
    for line in path.read_text().splitlines():
        if line.startswith(" "):
            reasons[-1][2] += " " + line.strip()
        elif line and not line.startswith("#"):
            reasons.append([*line.split(" | ", 1), ""])
    return reasons


def explain(files, reasons):
    """Prints what was not reached; returns the number of things unexplained."""
    bad = 0
    used = set()
    for name, file in files.items():
        for number, count in sorted(file.lines.items()):
            if count:
                continue
            text = file.text[number - 1].strip()
            why = [k for k, (where, part, _) in enumerate(reasons)
                   if where == name and part in text]
            used.update(why)
            bad += not why
            print(f"{name}:{number}: {text}\n    "
                  + (reasons[why[0]][2].strip() if why else "no reason!"))
    for k, (where, part, _) in enumerate(reasons):
        if k not in used:
            bad += 1
            print(f"t/coverage/reasons: reached, or not there: {where}: {part}")
    return bad


def list_branches(files):
    for name, file in files.items():
        for number, sums in sorted(file.branches.items()):
            if file.lines[number] and 0 in sums:
                print(f"{name}:{number}: {sums.count(0)} of {len(sums)} "
                      f"branches: {file.text[number - 1].strip()}")


def percent(part, whole):
    return 100 * part / whole if whole else 100


def summary(files):
    rows, sums = [], [0, 0, 0, 0]
    for name, file in files.items():
        taken = [count for b in file.branches.values() for count in b]
        row = [sum(map(bool, file.lines.values())), len(file.lines),
               sum(map(bool, taken)), len(taken)]
        sums = [a + b for a, b in zip(sums, row)]
        rows.append((name, row))
    rows.append(("all", sums))
    text = "".join(
        f"{name:28} lines {percent(a, b):5.1f} % of {b:4}, "
        f"branches {percent(c, d):5.1f} % of {d:4}\n"
        for name, (a, b, c, d) in rows)
    return text, percent(*sums[:2]), percent(*sums[2:])


def main():
    top = pathlib.Path(sys.argv[1]).resolve()
    directory = pathlib.Path(sys.argv[2]).resolve()
    files = collect(top, directory)
    list_branches(files)
    bad = explain(files, read_reasons(top / "t/coverage/reasons"))
    text, lines, branches = summary(files)
    print(text, end="")
    (directory / "summary").write_text(text)
    if lines < LINES_WANTED or branches < BRANCHES_WANTED:
        print(f"wanted: lines {LINES_WANTED} %, branches {BRANCHES_WANTED} %")
        bad += 1
    sys.exit(bad > 0)


if __name__ == "__main__":
    main()
