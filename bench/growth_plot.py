"""The plot of growth.py: a panel for each kind of operation."""

from matplotlib import ticker

import draw
import lab

# The panels, and what grows.
PANELS = {
    "io-1": ("an event, 1 descriptor active", "descriptors"),
    "io-100": ("an event, 100 active", "descriptors"),
    "child": ("a child ends, all together", "children"),
    "timer-start": ("start a timer", "timers"),
    "timer-stop": ("stop a timer, random order", "timers"),
    "timer-again": ("restart a timeout", "timers"),
}


def short(value, _=None):
    """10k, 1M."""
    for unit, name in ((1e6, "M"), (1e3, "k")):
        if value >= unit:
            return "%g%s" % (value / unit, name)
    return "%g" % value


def curve(panel, library, pairs):
    """The line of a library."""
    ours = library == "ours"
    panel.plot(*zip(*pairs), color=draw.COLORS[library],
               marker=draw.MARKS[library], markersize=6 if ours else 4.5,
               markeredgewidth=0, linewidth=2.4 if ours else 1.3,
               zorder=4 if ours else 3, label=draw.shown(library))


def lay_out(panel, name, numbers, times):
    """Axes, title, units."""
    title, unit = PANELS[name]
    draw.style(panel)
    panel.grid(axis="y", linewidth=0.8)
    panel.set_title(title, fontsize=10.5, loc="left")
    panel.set_xscale("log")
    panel.set_yscale("log")
    panel.set_xlim(min(numbers) / 1.3, max(numbers) * 1.3)
    panel.set_ylim(limits(times))
    panel.set_xticks(sorted(set(numbers)))
    for axis, form in (panel.xaxis, short), (panel.yaxis, draw.plain):
        axis.set_major_formatter(ticker.FuncFormatter(form))
        axis.set_minor_formatter(ticker.NullFormatter())
        axis.set_minor_locator(ticker.NullLocator())
    panel.set_yticks(ticks(*panel.get_ylim()))
    panel.tick_params(labelsize=9)
    panel.set_xlabel(unit, fontsize=9.5)


def limits(times):
    """At least a factor of ten, so that noise does not look like growth."""
    low, high = min(times) / 1.25, max(times) * 1.25
    widen = max((10 * low / high) ** 0.5, 1)
    return low / widen, high * widen


def ticks(low, high):
    """1, 2, 5, 10, ... or fewer."""
    steps = (1, 2, 5) if high / low < 60 else (1,)
    all_ = [step * 10.0 ** n for n in range(7) for step in steps]
    return [tick for tick in all_ if low <= tick <= high]


def plot(results, path):
    """Of all operations that were measured."""
    curves = {name: results["curves"][name] for name in PANELS
              if results["curves"].get(name)}
    height = 1.2 + 2.55 * ((len(curves) + 2) // 3)
    figure = draw.frame(height, "Time of an operation, as the number grows",
                        results["machine"], "make bench-growth")
    panels = figure.subplots((len(curves) + 2) // 3, 3, squeeze=False).ravel()
    for panel, (name, found) in zip(panels, curves.items()):
        for library in reversed(lab.LIBRARIES):
            if library in found:
                curve(panel, library, found[library])
        points = [pair for pairs in found.values() for pair in pairs]
        lay_out(panel, name, *zip(*points))
    for panel in panels[len(curves):]:
        panel.remove()
    for panel in panels[:len(curves):3]:
        panel.set_ylabel("processor time, ns", fontsize=9.5)
    draw.legend(figure, panels[:1], height)
    figure.subplots_adjust(left=0.085, right=0.975, top=1 - 1.0 / height,
                           bottom=0.8 / height, wspace=0.22, hspace=0.52)
    draw.save(figure, path)
