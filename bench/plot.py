#!/usr/bin/env python3
"""Plots the results of run.py and growth.py.

Usage: plot.py RESULTS.json DIRECTORY
       plot.py --growth GROWTH.json DIRECTORY

Writes summary.svg and a plot for each workload, or growth.svg (growth-part.svg
of a run that is quick or has a part of the curves), to DIRECTORY. Each plot has
colors for light and for dark mode.
"""

import json
import os
import statistics
import sys

from matplotlib import ticker

import draw
import growth_plot
import lab
import summary
from draw import COLORS, FAINT, frame, legend, plain, save, shown, style

UNITS = {"cpu": "processor time per operation, ns",
         "wall": "wall time per operation, ns",
         "p50": "lateness, µs", "bytes": "bytes"}


def middle(row, library):
    """The median of what was measured."""
    return statistics.median(row["figures"][library])


def bars(rows, machine, path):
    """One workload: a group of bars for each of its rows."""
    libraries = [library for library in lab.LIBRARIES
                 if any(library in row["figures"] for row in rows)]
    lines = sum(len(row["figures"]) + 1 for row in rows)
    height = 1.35 + 0.2 * lines
    figure = frame(height, rows[0]["workload"], machine)
    axes = figure.subplots()
    style(axes)
    values = [middle(row, library) for row in rows for library in
              row["figures"]]
    least = min((value for value in values if value > 0), default=1)
    log = max(values) > 20 * least
    place, ticks = 0, []
    for row in rows:
        first = place
        for library in libraries:
            if library not in row["figures"]:
                continue
            value = middle(row, library)
            axes.barh(place, value, 0.86, color=COLORS[library],
                      label=shown(library))
            axes.annotate(plain(round(value, 1)), (value, place), (4, 0),
                          textcoords="offset points", va="center",
                          fontsize=8.5, color=FAINT)
            place += 1
        ticks.append((first + place - 1) / 2)
        place += 1
    if log:
        axes.set_xscale("log")
        axes.set_xlim(left=least / 2)
    axes.set_xlim(right=max(values) * (2 if log else 1.12))
    axes.xaxis.set_major_formatter(ticker.FuncFormatter(plain))
    axes.xaxis.set_minor_formatter(ticker.NullFormatter())
    axes.set_yticks(ticks, [row["name"] for row in rows])
    axes.set_ylim(place - 1.3, -0.7)
    axes.set_xlabel(UNITS[rows[0]["metric"]], fontsize=10)
    legend(figure, [axes], height)
    figure.subplots_adjust(left=0.19, right=0.96, top=1 - 0.75 / height,
                           bottom=0.78 / height)
    save(figure, path)


def lateness(rows, machine, path):
    """The distribution: what part of the timers is later than that."""
    height = 4.2
    figure = frame(height, "lateness of timers, by their length", machine)
    panels = figure.subplots(1, len(rows), sharey=True)
    for panel, row in zip(panels, rows):
        for library, runs in row["runs"].items():
            percents = sorted(int(key[1:]) for key in runs[0]
                              if key[0] == "p" and key[1:].isdigit())
            late = [statistics.median(run["p%d" % p] for run in runs)
                    for p in percents]
            panel.plot([max(x, 1) for x in late], percents,
                       color=COLORS[library], label=shown(library),
                       linewidth=2.6 if library == "ours" else 1.5,
                       zorder=3 if library == "ours" else 2)
        style(panel)
        panel.set_xscale("log")
        panel.set_xlim(10, 8000)
        panel.xaxis.set_major_formatter(ticker.FuncFormatter(plain))
        panel.set_xlabel("of %s: µs late" % row["name"].removeprefix("late-")
                         .replace("us", " µs").replace("ms", " ms"),
                         fontsize=10)
    panels[0].set_ylabel("per cent called by then", fontsize=10)
    legend(figure, panels, height)
    figure.subplots_adjust(left=0.09, right=0.97, top=1 - 0.75 / height,
                           bottom=0.78 / height, wspace=0.12)
    save(figure, path)


def all_workloads(rows, machine, directory):
    """A plot each."""
    workloads = {}
    for row in rows:
        workloads.setdefault(row["workload"], []).append(row)
    for workload, group in workloads.items():
        form = lateness if workload == "late" else bars
        form(group, machine, os.path.join(directory, workload + ".svg"))


def main():
    """See above."""
    arguments = [word for word in sys.argv[1:] if word != "--growth"]
    if len(arguments) != 2:
        sys.exit(__doc__)
    source, directory = arguments
    with open(source, encoding="utf-8") as file:
        results = json.load(file)
    os.makedirs(directory, exist_ok=True)
    if "--growth" in sys.argv:
        name = "growth.svg" if results["whole"] else "growth-part.svg"
        return growth_plot.plot(results, os.path.join(directory, name))
    summary.plot(results["rows"], results["machine"],
                 os.path.join(directory, "summary.svg"))
    return all_workloads(results["rows"], results["machine"], directory)


if __name__ == "__main__":
    main()
