#!/usr/bin/env python3
"""Writes the results of the last run to README.md.

Usage: publish.py RESULTS.json
"""

import json
import math
import os
import statistics
import sys

import lab
from run import geometric_means, ratios

README = os.path.join(lab.HERE, "README.md")
BEGIN, END = "<!-- table of the last run -->\n", "<!-- end of the table -->\n"


def cell(row, library):
    """Ours divided by the library's, and the spread."""
    figures = row["figures"]
    if library not in figures:
        return ""
    middle, wide = ratios(figures["ours"], figures[library])
    if math.isnan(middle):
        return ""
    return "%.2f ±%.2f" % (middle, wide) if middle < 10 else "%.0f" % middle


def table(results):
    """In Markdown."""
    machine = results["machine"]
    text = ("%s, %d cores, Linux %s, %s; %s.\n\n"
            % (machine["processor"], machine["cores"],
               machine["kernel"].split("-")[0], machine["date"],
               ", ".join(machine["versions"])))
    others = lab.LIBRARIES[1:]
    head = "| | relev | " + " | ".join("/ " + lab.SHOWN.get(name, name)
                                       for name in others) + " |\n"
    rule = "|---|" + "--:|" * (len(others) + 1) + "\n"
    metric = None
    for row in results["rows"]:
        if row["metric"] != metric:
            metric = row["metric"]
            text += ("\n" if text[-2] == "|" else "") + head.replace(
                "| |", "| %s |" % lab.METRICS[metric], 1) + rule
        text += "| %s | %.1f | %s |\n" % (
            row["name"], statistics.median(row["figures"]["ours"]),
            " | ".join(cell(row, name) for name in others))
    means = geometric_means(results["rows"])
    return text + "\nGeometric mean of the ratios of time: %s.\n" % ", ".join(
        "%.2f to %s" % (mean, lab.SHOWN.get(name, name))
        for name, mean in means.items())


def main():
    """See above."""
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as file:
        results = json.load(file)
    if results["quick"]:
        sys.exit("publish.py: a quick run is not for the README")
    with open(README, encoding="utf-8") as file:
        before, rest = file.read().split(BEGIN)
    with open(README, "w", encoding="utf-8") as file:
        file.write(before + BEGIN + "\n" + table(results) + "\n"
                   + END + rest.split(END)[1])


if __name__ == "__main__":
    main()
