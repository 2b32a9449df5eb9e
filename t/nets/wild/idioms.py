"""What random operations seldom bring about: several that belong together.

Each function gives operations with semicolons between, by the dice of a
generator.
"""


def watched(g, slot):
    """An io watcher on that slot."""
    cell = f"I{g.below(3)}"
    return f"stop {cell}; set {cell} {cell[1]} {slot} 1 0; start {cell}"


def stale(g):
    """The kernel goes on reporting a file that was closed. And its slot."""
    slot = g.slot()
    return (f"open {slot} 0; {watched(g, slot)}; run {g.loop()} 1;"
            f" copy {slot}; close {slot}"), slot


def putoff(g, outside):
    """A timer that is put off, and what comes when it was due."""
    n, cell = g.ticks(), f"T{g.below(2)}"
    return (f"stop {cell}; set {cell} 2 {n} {n + g.below(30)}; start {cell};"
            f" advance 1; again {cell}; at {n} {outside}")


def putoff_stale(g):
    """The same, and another file that becomes ready later."""
    before, slot = stale(g)
    other = (slot + 1) % 3
    return (f"{before}; {watched(g, other)}; {putoff(g, f'write {slot}')};"
            f" at {g.ticks() + g.ticks()} write {other}")


def file(g):
    slot = g.slot()
    return f"open {slot} 3; {watched(g, slot)}"


def embedded(g):
    outer = g.below(2)
    return f"set E{outer} 2 {1 - outer} {g.below(2)}; start E{outer}"


def anew(g):
    """A watcher that is initialized while active, and started again."""
    init = g.init()
    cell = init.split()[1]
    return f"start {cell}; {init}; start {cell}; {g.outside()}"


def past(g):
    """Periodics that expire, one of which says a moment in the past."""
    return ("run 0 1; stop P0; stop P1; run 0 1; set P0 2 3 0 0;"
            f" set P1 2 0 {g.below(4)} 3; start P0; start P1; advance 9")


def idioms(g):
    """Pairs of a weight and a maker, for the themes of a program."""
    t = g.themes
    if "stale" in t:
        yield 3, lambda: "{0}; write {1}".format(*stale(g))
    if t >= {"putoff", "stale"}:
        yield 4, lambda: putoff_stale(g)
    if t >= {"putoff", "interrupt"}:
        yield 4, lambda: putoff(g, "raise 3")
    if t >= {"limit", "stale"}:
        yield 4, lambda: "limit 0; {0}; write {1}".format(*stale(g))
    if "files" in t:
        yield 3, lambda: file(g)
    if "embed" in t:
        yield 3, lambda: embedded(g)
    if "mistakes" in t:
        yield 3, lambda: anew(g)
    if "jumps" in t:
        yield 3, lambda: past(g)
