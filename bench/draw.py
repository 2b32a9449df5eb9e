"""What all plots share: colors, frame, legend, light and dark mode."""

import matplotlib

import lab

matplotlib.use("svg")
from matplotlib import pyplot  # noqa: E402

# One color each (Okabe and Ito), also for people who see few colors.
COLORS = {"ours": "#d55e00", "libev": "#3d8fd1", "uv": "#009e73",
           "event": "#cc79a7", "asio": "#e69f00", "raw": "#8c959f"}
MARKS = {"ours": "o", "libev": "s", "uv": "^", "event": "v", "asio": "D",
         "raw": "X"}

# Light, and what becomes of it in the dark.
BACK, INK, FAINT, GRID = "#ffffff", "#24292f", "#57606a", "#d8dee4"
GOOD, BAD = "#e1eefa", "#fdeedb"
DARK = {BACK: "#0d1117", INK: "#e6edf3", FAINT: "#9198a1", GRID: "#30363d",
        GOOD: "#12283d", BAD: "#3d2a12"}

WIDTH = 9.2  # of a page on GitHub, in inches


def shown(library):
    """As people call it."""
    return lab.SHOWN.get(library, library)


def plain(value, _=None):
    """A number as people write it."""
    return "{:,.0f}".format(value) if value >= 10 else "%g" % value


def style(axes):
    """Little ink."""
    axes.set_facecolor(BACK)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", linewidth=0.8)
    axes.set_axisbelow(True)


def frame(height, title, machine, command="make bench-plot"):
    """A figure signed with machine and date."""
    matplotlib.rcParams.update({
        "svg.fonttype": "none", "svg.hashsalt": "relev", "font.size": 11,
        "font.family": "DejaVu Sans", "text.color": INK,
        "axes.edgecolor": FAINT, "axes.labelcolor": FAINT,
        "xtick.color": FAINT, "ytick.color": INK, "grid.color": GRID})
    figure = pyplot.figure(figsize=(WIDTH, height), facecolor=BACK)
    figure.suptitle(title, x=0.02, y=1 - 0.12 / height, ha="left", va="top",
                    fontsize=13, fontweight="bold")
    figure.text(0.02, 0.09 / height, " · ".join([
        command, machine["processor"], "%d cores" % machine["cores"],
        "Linux " + machine["kernel"].split("-")[0], machine["date"]]),
                fontsize=8.5, color=FAINT)
    return figure


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


def legend(figure, panels, height):
    """Above the axes, ours first."""
    handles = {}
    for panel in panels:
        for handle, label in zip(*panel.get_legend_handles_labels()):
            handles.setdefault(label, handle)
    order = [shown(library) for library in lab.LIBRARIES
             if shown(library) in handles]
    figure.legend([handles[name] for name in order],
                  [name + " (by hand)" if name == "raw" else name
                   for name in order], loc="upper left",
                  bbox_to_anchor=(0.01, 1 - 0.36 / height), ncol=6,
                  frameon=False, fontsize=10, handletextpad=0.4,
                  columnspacing=1.6, handlelength=1.2)
