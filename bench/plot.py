#!/usr/bin/env python3
"""Plots the results of run.py.

Usage: plot.py RESULTS.json DIRECTORY

Writes summary.svg and a plot for each workload to DIRECTORY. Each plot has
colours for light and for dark mode.
"""

import json
import os
import statistics
import sys

import matplotlib

import lab

matplotlib.use("svg")
from matplotlib import pyplot, ticker  # noqa: E402

# One colour each, told apart by who sees few, too.
COLOURS = {"ours": "#d55e00", "libev": "#3d8fd1", "uv": "#009e73",
           "event": "#cc79a7", "asio": "#e69f00", "raw": "#8c959f"}
MARKS = {"ours": "o", "libev": "s", "uv": "^", "event": "v", "asio": "D",
         "raw": "|"}

# Light, and what becomes of it in the dark.
BACK, INK, FAINT, GRID = "#ffffff", "#24292f", "#57606a", "#d8dee4"
DARK = {BACK: "#0d1117", INK: "#e6edf3", FAINT: "#9198a1", GRID: "#30363d"}

# The rows of the summary, and what they are called there.
SUMMARY = {
    "io-1-of-100": "I/O: 1 of 100 pipes active",
    "io-100-of-1000": "I/O: 100 of 1,000 active",
    "io-1000-of-10000": "I/O: 1,000 of 10,000 active",
    "ping-pong": "ping-pong between two sockets",
    "io-start": "watch a new descriptor",
    "io-modify": "change the event mask",
    "toggle": "EV_WRITE on and off again",
    "relay": "relay a message",
    "connection": "accept, serve, close",
    "nghttpd-c100": "HTTP/2 request (nghttpd)",
    "hitch": "the same by TLS (hitch)",
    "turn": "an empty iteration",
    "hooks": "the same with 10 hooks",
    "feed": "feed an event, call back",
    "timer-start-100k": "start a timer, 100k",
    "timer-stop-100k": "stop a timer, 100k",
    "timer-again-1k": "restart a timeout, 1k",
    "timer-again-1m": "restart a timeout, 1M",
    "timer-alike-100k": "restart, all alike, 100k",
    "timer-expire-100k": "a timer expires, 100k",
    "timer-repeat-10k": "a timer repeats, 10k",
    "async-same": "async, same thread",
    "async-flood": "async, flood of a thread",
    "async-latency": "async, there and back",
    "signal": "a signal",
    "child": "a child ends",
    "stat-100": "a file changes, of 100",
    "stat-4000": "a file changes, of 4,000",
    "late-100us": "lateness of 100 µs",
}

UNITS = {"cpu": "processor time per operation, ns",
         "wall": "wall time per operation, ns",
         "p50": "lateness, µs", "bytes": "bytes"}


def shown(library):
    """As people call it."""
    return lab.SHOWN.get(library, library)


def middle(row, library):
    """The median of what was measured."""
    return statistics.median(row["figures"][library])


def style(axes):
    """Little ink."""
    axes.set_facecolor(BACK)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", linewidth=0.8)
    axes.set_axisbelow(True)


def frame(width, height, title, machine):
    """A figure with one pair of axes, signed with machine and date."""
    matplotlib.rcParams.update({
        "svg.fonttype": "none", "svg.hashsalt": "relev", "font.size": 11,
        "font.family": "DejaVu Sans", "text.color": INK,
        "axes.edgecolor": FAINT, "axes.labelcolor": FAINT,
        "xtick.color": FAINT, "ytick.color": INK, "grid.color": GRID})
    figure, axes = pyplot.subplots(figsize=(width, height), facecolor=BACK)
    style(axes)
    figure.suptitle(title, x=0.02, y=1 - 0.12 / height, ha="left", va="top",
                    fontsize=13, fontweight="bold")
    figure.text(0.02, 0.09 / height, " · ".join([
        "make bench-plot", machine["processor"],
        "%d cores" % machine["cores"],
        "Linux " + machine["kernel"].split("-")[0], machine["date"]]),
                fontsize=8.5, color=FAINT)
    return figure, axes


def save(figure, path):
    """As SVG, with a rule for the dark."""
    figure.savefig(path, format="svg", facecolor=BACK, metadata={"Date": None})
    pyplot.close(figure)
    rules = "".join('[style*="%s: %s"]{%s:%s !important}\n'
                    % (what, light, what, dark)
                    for light, dark in DARK.items()
                    for what in ("fill", "stroke"))
    with open(path, encoding="utf-8") as file:
        text = file.read()
    text = text.replace("</defs>", "</defs>\n<style>@media "
                        "(prefers-color-scheme: dark){\n%s}</style>" % rules,
                        1)
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(map(str.rstrip, text.splitlines())) + "\n")


def plain(value, _=None):
    """A number as people write it."""
    return "{:,.0f}".format(value) if value >= 10 else "%g" % value


def summary(rows, machine, path):
    """Every library's time to libev's: a row each, and a mark each."""
    rows = [row for row in rows if row["name"] in SUMMARY]
    height = 1.3 + 0.27 * len(rows)
    figure, axes = frame(9.2, height, "Time, compared with libev 4.33",
                         machine)
    low, high = 1 / 32, 32
    for place, row in enumerate(rows):
        base = middle(row, "libev")
        for library in [*lab.LIBRARIES[2:], "ours"]:
            if library not in row["figures"]:
                continue
            ratio = middle(row, library) / base
            inside = min(max(ratio, low), high)
            axes.plot(inside, place, MARKS[library], color=COLOURS[library],
                      markersize=9.5 if library in ("ours", "raw") else 6,
                      markeredgewidth=2.5 if library == "raw" else 0,
                      zorder=4 if library == "ours" else 3, clip_on=False,
                      label=shown(library) if not place else None)
    axes.axvline(1, color=COLOURS["libev"], linewidth=1.6, zorder=2,
                 label="libev")
    axes.hlines(range(len(rows)), low, high, color=GRID, linewidth=0.5,
                zorder=1)
    axes.set_xscale("log", base=2)
    axes.set_xlim(low / 1.2, high * 1.2)
    axes.set_xticks([2.0 ** n for n in range(-5, 6)])
    axes.xaxis.set_major_formatter(ticker.FuncFormatter(
        lambda x, _: "×%d" % x if x >= 1 else "×1/%d" % round(1 / x)))
    axes.xaxis.set_minor_locator(ticker.NullLocator())
    axes.set_yticks(range(len(rows)), [SUMMARY[row["name"]] for row in rows])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xlabel("← faster" + "\u00a0" * 12 + "slower →",
                    fontsize=10)
    legend(figure, axes, height)
    figure.subplots_adjust(left=0.285, right=0.965, top=1 - 0.75 / height,
                           bottom=0.78 / height)
    save(figure, path)


def legend(figure, axes, height):
    """Above the axes, ours first."""
    handles, labels = {}, {}
    for handle, label in zip(*axes.get_legend_handles_labels()):
        labels[label] = label
        handles[label] = handle
    order = [shown(library) for library in lab.LIBRARIES
             if shown(library) in labels]
    figure.legend([handles[name] for name in order],
                  [name + " (by hand)" if name == "raw" else name
                   for name in order], loc="upper left",
                  bbox_to_anchor=(0.01, 1 - 0.36 / height), ncol=6,
                  frameon=False, fontsize=10, handletextpad=0.4,
                  columnspacing=1.6, handlelength=1.2)


def bars(rows, machine, path):
    """One workload: a group of bars for each of its rows."""
    libraries = [library for library in lab.LIBRARIES
                 if any(library in row["figures"] for row in rows)]
    lines = sum(len(row["figures"]) + 1 for row in rows)
    height = 1.35 + 0.2 * lines
    figure, axes = frame(9.2, height, rows[0]["workload"], machine)
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
            axes.barh(place, value, 0.86, color=COLOURS[library],
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
    legend(figure, axes, height)
    figure.subplots_adjust(left=0.19, right=0.96, top=1 - 0.75 / height,
                           bottom=0.78 / height)
    save(figure, path)


def lateness(rows, machine, path):
    """The distribution: what part of the timers is later than that."""
    height = 4.2
    figure, axes = frame(9.2, height, "lateness of timers, by their length",
                         machine)
    axes.remove()
    panels = figure.subplots(1, len(rows), sharey=True)
    for panel, row in zip(panels, rows):
        for library, runs in row["runs"].items():
            percents = sorted(int(key[1:]) for key in runs[0]
                              if key[0] == "p" and key[1:].isdigit())
            late = [statistics.median(run["p%d" % p] for run in runs)
                    for p in percents]
            panel.plot([max(x, 1) for x in late], percents,
                       color=COLOURS[library], label=shown(library),
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
    legend(figure, panels[0], height)
    figure.subplots_adjust(left=0.09, right=0.97, top=1 - 0.75 / height,
                           bottom=0.78 / height, wspace=0.12)
    save(figure, path)


def main():
    """See above."""
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as file:
        results = json.load(file)
    machine, rows = results["machine"], results["rows"]
    os.makedirs(sys.argv[2], exist_ok=True)
    summary(rows, machine, os.path.join(sys.argv[2], "summary.svg"))
    workloads = {}
    for row in rows:
        workloads.setdefault(row["workload"], []).append(row)
    for workload, group in workloads.items():
        draw = lateness if workload == "late" else bars
        draw(group, machine, os.path.join(sys.argv[2], workload + ".svg"))


if __name__ == "__main__":
    main()
