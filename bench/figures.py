#!/usr/bin/env python3
"""The figures in texts, from the committed tables.

Usage: figures.py            writes them
       figures.py --check    says which differ, as TAP

The tables: instructions.txt, coro/instructions.txt, and the results in
README.md, which publish.py writes. A mark in a text names a table and rows:

    .\\" @figure instructions turn        the last number of the next line
    <!-- @figure mean libev asio -->     the next decimal fractions, in order
    <!-- @column coro relev.hpp -->      that column of the next table

A number keeps its precision: 260 is right for 257, 300 is not. README.md also
has a table of all rows in which another library is faster, and one of the
instructions by parts.
"""

import glob
import os
import re
import sys

import lab

TOP = os.path.dirname(lab.HERE)
README = os.path.join(lab.HERE, "README.md")
TEXTS = sorted(glob.glob(TOP + "/man/*.[137]")) + [TOP + "/README.md", README]
NEAR = 1.0201  # what is closer to 1 has no color in summary.svg, either
FASTER = ("<!-- rows in which another library is faster -->\n",
          "<!-- end of these rows -->\n")
PARTS = ("<!-- instructions by parts -->\n", "<!-- end of the parts -->\n")
PARTS_HEAD = """
| row | sum | program, C library, clock | dispatch | kernel's events \
| registration | iteration | watchers |
|---|--:|--:|--:|--:|--:|--:|--:|
"""
MARKED = re.compile(r'^\.\\" @figure (\S+) (\S+)\n(.*)\n', re.M)
PROSE = re.compile(r"^<!-- @figure (\S+) (.+) -->\n((?:.+\n)+)", re.M)
COLUMN = re.compile(r"^<!-- @column (\S+) (\S+) -->\n\n?((?:\|.*\n)+)", re.M)
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


def file(path):
    """What it contains."""
    with open(path, encoding="utf-8") as opened:
        return opened.read()


def counted(name):
    """A table of instructions: the first number of each row."""
    return {words[0]: float(words[1])
            for words in map(str.split, file(name).splitlines())
            if words[0] != "#"}


def cells(line):
    """Of a row of a Markdown table."""
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def results(text):
    """The tables of the last run: ours, and the ratio to each library."""
    ours, ratios = {}, {}
    section = text.split("<!-- table of the last run -->")[1]
    section = section.split("<!-- end of the table -->")[0]
    for line in section.splitlines():
        if not line.startswith("|") or line.startswith("|---"):
            continue
        name, figure, *others = cells(line)
        if figure == "relev":
            head = [other.removeprefix("/ ") for other in others]
            continue
        ours[name] = float(figure)
        ratios[name] = {library: float(cell.split()[0])
                        for library, cell in zip(head, others) if cell}
    means = re.search(r"^Geometric mean of the ratios.*: (.*)\.$", section,
                      re.M)[1]
    return ours, ratios, {library: float(mean) for mean, library in
                          re.findall(r"([\d.]+) to (\w+)", means)}


def tables():
    """All of them, by the name in a mark; and the ratios."""
    ours, ratios, means = results(file(README))
    found = {"instructions": counted(lab.HERE + "/instructions.txt"),
             "coro": counted(lab.HERE + "/coro/instructions.txt"),
             "ours": ours, "mean": means}
    return found, ratios


def faster(ratios):
    """The rows in which another library is faster, as a table."""
    libraries = [lab.SHOWN.get(name, name) for name in lab.LIBRARIES[1:-1]]
    text = "\n| row | " + " | ".join("/ " + name for name in libraries) \
        + " |\n|---|" + "--:|" * len(libraries) + "\n"
    for name, row in ratios.items():
        line = ["%.2f" % row[library] if NEAR < row.get(library, 0) < 10
                else "%.0f" % row[library] if row.get(library, 0) > NEAR
                else "" for library in libraries]
        if any(line):
            text += "| `%s` | %s |\n" % (name, " | ".join(line))
    return text + "\n"


def by_parts():
    """The instructions of each row by the parts of the library, as a table."""
    text = PARTS_HEAD
    for line in file(lab.HERE + "/instructions.txt").splitlines():
        if not line.startswith("#"):
            name, total, _, *parts = line.split()
            text += "| `%s` | %s |\n" % (name, " | ".join(
                "%.0f" % number if number >= 0.5 else ""
                for number in map(float, [total, *parts])))
    return text + "\n"


def between(text, marks, block):
    """The text with another block between two marks."""
    before, rest = text.split(marks[0])
    return before + marks[0] + block + marks[1] + rest.split(marks[1])[1]


def as_precise(value, like):
    """The value with as many decimals, or significant digits, as a text."""
    _, dot, decimals = like.partition(".")
    if dot:
        return "%.*f" % (len(decimals), value)
    digits = like.replace(",", "")
    significant = max(2, len(digits.rstrip("0")))
    rounded = int(float("%.*g" % (significant, value)))
    return "{:,}".format(rounded) if "," in like or rounded > 9999 \
        else str(rounded)


def last_number(line, value):
    """The line with another last number."""
    last = list(NUMBER.finditer(line))[-1]
    return line[:last.start()] + as_precise(value, last[0]) + line[last.end():]


def column(text, title, rows):
    """A table with another column."""
    lines = text.splitlines()
    place = cells(lines[0]).index(title)
    for number, line in enumerate(lines[2:], 2):
        row = cells(line)
        row[place] = as_precise(rows[row[0].strip("`")], row[place] or "100")
        lines[number] = "| " + " | ".join(row) + " |"
    return "\n".join(re.sub(r"\|  (?=\|)", "| ", line)
                     for line in lines) + "\n"


def corrected(text, found):
    """The text with the figures of the tables."""
    def marked(match):
        return match[0].replace(
            match[3], last_number(match[3], found[match[1]][match[2]]))

    def prose(match):
        keys = iter(match[2].split())
        return match[0][:match.start(3) - match.start()] + re.sub(
            r"\b\d+\.\d+\b",
            lambda number: as_precise(found[match[1]][next(keys)], number[0]),
            match[3])

    def tabular(match):
        return match[0].replace(
            match[3], column(match[3], match[2], found[match[1]]))

    return COLUMN.sub(tabular, PROSE.sub(prose, MARKED.sub(marked, text)))


def should_be(path, found, ratios):
    """What the text ought to be."""
    text = corrected(file(path), found)
    if path == README:
        text = between(text, FASTER, faster(ratios))
        text = between(text, PARTS, by_parts())
    return text


def unexplained(ratios):
    """Rows in which another library is faster, and nothing says why."""
    section = file(README).split(FASTER[1])[1].split("\n## ")[0]
    found = {}
    for bullet in re.findall(r"^- \*\*(.*?)\*\*", section, re.M | re.S):
        for part in bullet.split(";"):
            for name in re.findall(r"`([^`]+)`", part):
                found.setdefault(name.replace("-N", "-.*"), set()).update(
                    re.findall(r"\b(?:lib\w+|asio)\b", part.split(":")[-1]))
    listed = {}
    for line in faster(ratios).splitlines():
        if line.startswith("| `"):
            name, *row = cells(line)
            listed[name.strip("`")] = {
                lab.SHOWN.get(library, library)
                for library, cell in zip(lab.LIBRARIES[1:], row) if cell}
    for name in listed:
        if not any(re.fullmatch(other, name) for other in found):
            yield "no reason for " + name
    for other, libraries in found.items():
        those = set().union(*(listed[name] for name in listed
                              if re.fullmatch(other, name)))
        if those != libraries:
            yield "%s: %s; the table: %s" % (
                other, sorted(libraries), sorted(those))


def tell(number, what, complaints):
    """A line of TAP; true if there is nothing to complain of."""
    print("%sok %d - %s" % ("not " if complaints else "", number, what))
    for complaint in complaints:
        print("# " + complaint)
    return not complaints


def differences(path, text):
    """The lines that differ."""
    return ["%s: %s; the table: %s" % (os.path.relpath(path, TOP), old, new)
            for old, new in zip(file(path).splitlines(), text.splitlines())
            if old != new] or (["other lines"] if file(path) != text else [])


def main():
    """See above."""
    found, ratios = tables()
    marks = 0
    wrong = []
    for path in TEXTS:
        text = should_be(path, found, ratios)
        marks += len(re.findall(r'^(?:\.\\"|<!--) @(?:figure|column)', text,
                                re.M))
        if "--check" in sys.argv:
            wrong += differences(path, text)
        elif text != file(path):
            with open(path, "w", encoding="utf-8") as opened:
                opened.write(text)
    if "--check" not in sys.argv:
        return
    fine = [tell(1, "figures in texts are those of the tables: %d marks"
                 % marks, wrong),
            tell(2, "the reasons are those of the rows where others are faster",
                 list(unexplained(ratios)))]
    print("1..2")
    sys.exit(not all(fine))


if __name__ == "__main__":
    main()
