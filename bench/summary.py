"""The summary: a panel for each other library, with a line at equal."""

import math
import statistics

from matplotlib import ticker, transforms

import draw
import lab
from run import geometric_means, ratios

# The rows, and what they are called there.
GROUPS = {
    "Descriptors": {
        "io-1-of-100": "1 of 100 pipes active",
        "io-100-of-1000": "100 of 1,000 active",
        "io-1000-of-10000": "1,000 of 10,000 active",
        "threads-2": "2 threads, a loop each",
        "threads-8": "8 threads, a loop each",
        "ping-pong": "ping-pong of two sockets",
        "io-start": "watch a new descriptor",
        "io-modify": "change the event mask",
        "toggle": "EV_WRITE on and off",
        "relay": "relay a message",
        "connection": "accept, answer, close",
    },
    "Timers": {
        "timer-start-100k": "start, of 100,000",
        "timer-first-1m": "the first million starts",
        "timer-stop-100k": "stop",
        "timer-again-100k": "restart",
        "timer-alike-100k": "restart, equal timeouts",
        "timer-expire-100k": "expire at the same time",
        "timer-repeat-10k": "repeat, of 10,000",
        "late-1ms": "lateness of 1 ms",
    },
    "The rest": {
        "turn": "an empty iteration",
        "hooks": "the same with 10 hooks",
        "feed": "feed an event",
        "async-same": "async, same thread",
        "async-flood": "async, flood by a thread",
        "async-latency": "async, round trip",
        "signal": "a signal",
        "child": "a child ends",
        "stat-100": "a file changes, of 100",
    },
    "Real servers": {
        "nghttpd-c100": "nghttpd, 100 clients",
        "nghttpd-c1": "nghttpd, 1 client",
        "hitch": "hitch, a TLS proxy",
    },
    "Memory": {
        "memory-rss": "of a connection",
        "memory-burst": "kept after a burst",
    },
}

OTHERS = lab.LIBRARIES[1:]
NAMES = {"raw": "raw, by hand"}

# Blue and orange differ for everybody. What is within 2 per cent has neither.
LESS, MORE, LEVEL = "#2f7fc1", "#e08214", "#8c959f"
NEAR = 0.0201
LOW, HIGH = 1 / 16, 4


def places(rows):
    """Yields the place from above and a row, or a group's name."""
    place = 0.0
    for group, wanted in GROUPS.items():
        found = [row for row in rows if row["name"] in wanted]
        if not found:
            continue
        yield place, group, None
        for row in found:
            place += 1
            yield place, wanted[row["name"]], row
        place += 1.35


def colors(ratio):
    """By who is better: of the bar, and behind it."""
    if abs(round(ratio, 2) - 1) <= NEAR:
        return LEVEL, draw.BACK
    return (LESS, draw.GOOD) if ratio < 1 else (MORE, draw.BAD)


def written(ratio):
    """A ratio in at most four characters."""
    if ratio < .005:
        return "0"
    return "%.2f" % ratio if ratio < 9.95 else "%.0f" % ratio


def bar(panel, place, row, library):
    """From the line to the ratio, with its number."""
    if library not in row["figures"]:
        return
    ratio, _ = ratios(row["figures"]["ours"], row["figures"][library])
    if math.isnan(ratio):
        return
    end = min(max(ratio, LOW), HIGH)
    front, behind = colors(ratio)
    panel.axhspan(place - 0.5, place + 0.5, color=behind, linewidth=0)
    panel.barh(place, end - 1, 0.56, left=1, color=front, zorder=3)
    if not LOW <= ratio <= HIGH:  # the bar goes on
        panel.plot(end, place, "<" if ratio < LOW else ">", color=front,
                   markersize=7, clip_on=False)
    panel.text(0.97, place, written(ratio), va="center", ha="right",
               fontsize=9, transform=panel.get_yaxis_transform())


def head(panel, library, mean):
    """The library's name, and the mean of the times."""
    panel.set_title(NAMES.get(library, draw.shown(library)), fontsize=11,
                    fontweight="bold", pad=17)
    panel.text(0.5, 1.003, "mean %.2f" % mean, ha="center", va="bottom",
               fontsize=9.5, color=draw.FAINT, transform=panel.transAxes)


def lay_out(panel, last):
    """The axes of a panel."""
    draw.style(panel)
    panel.axvline(1, color=draw.INK, linewidth=1.1, zorder=4)
    panel.spines["bottom"].set_visible(False)
    panel.set_xscale("log", base=2)
    panel.set_xlim(LOW / 1.25, HIGH * 7)
    panel.set_ylim(last + 0.8, -0.7)
    panel.set_xticks([1 / 16, 1 / 4, 1, 4], ["1/16", "1/4", "1", "4"],
                     fontsize=8.5)
    panel.xaxis.set_minor_locator(ticker.NullLocator())


def plot(rows, machine, path):
    """Ours to every library's: a row each, and a panel each."""
    means = geometric_means(rows)
    lines = list(places(rows))
    last = lines[-1][0]
    height = 1.75 + 0.205 * last
    figure = draw.frame(height, "relev divided by another library: time, "
                        "lateness, memory", machine)
    figure.text(0.02, 1 - 0.5 / height, "Blue, left of the line: relev takes "
                "less.  Orange, right: more.  No color: within 2 %.  Mean: "
                "geometric, of times.",
                fontsize=10, color=draw.FAINT, va="center")
    panels = figure.subplots(1, len(OTHERS), sharey=True)
    for panel, library in zip(panels, OTHERS):
        lay_out(panel, last)
        head(panel, library, means.get(library, math.nan))
        for place, _, row in lines:
            if row:
                bar(panel, place, row, library)
    rows_of = [(place, name) for place, name, row in lines if row]
    panels[0].set_yticks([place for place, _ in rows_of],
                         [name for _, name in rows_of], fontsize=9.5)
    for place, name, row in lines:
        if not row:
            panels[0].text(0.02, place + 0.12, name, va="center",
                           fontsize=10, fontweight="bold",
                           transform=transforms.blended_transform_factory(
                               figure.transFigure, panels[0].transData))
    figure.subplots_adjust(left=0.225, right=0.985, top=1 - 1.12 / height,
                           bottom=0.52 / height, wspace=0.07)
    draw.save(figure, path)
