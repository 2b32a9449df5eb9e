#!/usr/bin/env python3
"""Sums up what gcov counted in the library's files.

Usage: coverage.py TOP DIRECTORY

Prints the percentages of each file and of all, then every line and branch that
was not reached, with its reason from the file `reasons`; stores both in
DIRECTORY for the report. Fails if a gap has no reason, if a reason fits no gap,
or if the coverage is too low. A reason with a question mark before its file is
for what only a race of threads or processes reaches: it may fit no gap.

gcovr 5.2 could do this, but it fails if a function has two locations, as in the
white-box tests of other configurations. Branches that gcov marks as throw are
left out, as with its option --exclude-throw-branches.
"""
import json
import os
import pathlib
import re
import subprocess
import sys

HOUSES = ("core/", "backends/", "watchers/", "compat/")
LINES_WANTED, BRANCHES_WANTED = 95, 85


class File:
    """The counts of one source file. gcov counts a line of a template for each
    type; here it is one line, reached if it is for any type."""

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

    def sums(self):
        taken = [count for sums in self.branches.values() for count in sums]
        return [sum(map(bool, self.lines.values())), len(self.lines),
                sum(map(bool, taken)), len(taken)]

    def gaps(self):
        """Number, what, and text of each line with something not reached."""
        for number, count in sorted(self.lines.items()):
            sums = self.branches.get(number, [])
            text = self.text[number - 1].strip()
            if not count:
                yield number, "not reached", text
            elif 0 in sums:
                yield (number, f"{sums.count(0)} of {len(sums)} branches "
                       "not taken", text)


def collect(top, directory):
    files = {}
    for data in sorted(directory.rglob("*.gcda")):
        out = subprocess.run(
            ["gcov", "--json-format", "--stdout", "--branch-probabilities",
             str(data)], cwd=directory, capture_output=True, check=True).stdout
        compiled = data.with_suffix(".gcno").stat().st_mtime
        for counts in json.loads(out)["files"]:
            name = os.path.relpath(os.path.realpath(counts["file"]), top)
            if not name.startswith(HOUSES):
                continue
            if (top / name).stat().st_mtime > compiled:
                sys.exit(f"{name} has changed meanwhile: once more, please")
            file = files.setdefault(name, File(top / name))
            for line in counts["lines"]:
                file.add(line)
    return dict(sorted(files.items()))


def summary(files):
    rows = [(name, file.sums()) for name, file in files.items()]
    rows.append(("all", [sum(column) for column in zip(*(r for _, r in rows))]))

    def percent(part, whole):  # rounded down: 100 is all
        return 1000 * part // whole / 10 if whole else 100

    text = "".join(
        f"{name:28} lines {percent(a, b):5.1f} % of {b:4}, "
        f"branches {percent(c, d):5.1f} % of {d:4}\n"
        for name, (a, b, c, d) in rows)
    total = rows[-1][1]
    return text, percent(*total[:2]), percent(*total[2:])


def read_reasons(path):
    """(file, part of the line) -> reason; and the keys that may fit no gap"""
    reasons, races = {}, set()
    key = None
    for line in path.read_text().splitlines():
        if line.startswith(" "):
            reasons[key] = f"{reasons[key]} {line.strip()}".strip()
        elif line and not line.startswith("#"):
            key = tuple(line.removeprefix("? ").split(" | ", 1))
            reasons[key] = ""
            if line.startswith("? "):
                races.add(key)
    return reasons, races


def explain(files, reasons, races):
    """The gaps with their reasons as text, and the errors found."""
    known, wrong = "", []
    unused = {key: reasons[key] for key in reasons if key not in races}
    for name, file in files.items():
        for number, what, text in file.gaps():
            keys = [(where, part) for where, part in reasons
                    if where == name and part in text]
            for key in keys:
                unused.pop(key, None)
            if keys:
                known += f"- `{name}`, {what}: `{text}`\n  {reasons[keys[0]]}\n"
            else:
                wrong.append(f"{name}:{number}: {what}, and no reason: {text}")
    for where, part in unused:
        wrong.append("t/nets/coverage/reasons: explains nothing: "
                     f"{where} | {part}")
    return known, wrong


def main():
    top, directory = (pathlib.Path(path).resolve() for path in sys.argv[1:])
    files = collect(top, directory)
    if not files:
        sys.exit("nothing was counted")
    text, lines, branches = summary(files)
    known, wrong = explain(files,
                           *read_reasons(top / "t/nets/coverage/reasons"))
    (directory / "summary").write_text(text)
    (directory / "gaps").write_text(known)
    print(text + known, end="")
    if lines < LINES_WANTED:
        wrong.append(f"{lines:.1f} % of lines, {LINES_WANTED} % are wanted")
    if branches < BRANCHES_WANTED:
        wrong.append(f"{branches:.1f} % of branches, "
                     f"{BRANCHES_WANTED} % are wanted")
    sys.exit("\n".join(wrong) or 0)


if __name__ == "__main__":
    main()
