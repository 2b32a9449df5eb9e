"""Minimizes a program that shows a difference.

A program is a list of lines. A line has a few operations, separated by
semicolons, after the name of the watcher that executes them, if any.
"""


def without(lines, start, size):
    return lines[:start] + lines[start + size:]


def line_variants(line):
    """The line with one operation less."""
    head, colon, body = line.rpartition(":")
    operations = [part.strip() for part in body.split(";") if part.strip()]
    for i in range(len(operations)):
        rest = operations[:i] + operations[i + 1:]
        yield f"{head}{colon} {'; '.join(rest)}" if colon else "; ".join(rest)


def best(candidates, differ):
    """The first candidate that still differs, or None."""
    for start in range(0, len(candidates), 16):
        some = candidates[start:start + 16]
        for candidate, still in zip(some, differ(some)):
            if still:
                return candidate
    return None


def lines_removed(lines, differ):
    """Removes pieces, large ones first."""
    size = max(1, len(lines) // 2)
    while size:
        start = 0
        while start < len(lines):
            starts = range(start, len(lines), size)[:12]
            candidates = [without(lines, at, size) for at in starts]
            still = differ(candidates)
            if True in still:
                hit = still.index(True)
                lines, start = candidates[hit], starts[hit]
            else:
                start = starts[-1] + size
        size //= 2
    return lines


def operations_removed(lines, differ):
    at = 0
    while at < len(lines):
        candidates = [without(lines, at, 1)]
        candidates += [lines[:at] + [line] + lines[at + 1:]
                       for line in line_variants(lines[at])]
        shorter = best(candidates, differ)
        if shorter is None:
            at += 1
        else:
            lines = shorter
    return lines


def shrink(lines, differ):
    """`differ` takes candidates, and returns for each whether it still shows
    the difference."""
    while True:
        shorter = operations_removed(lines_removed(lines, differ), differ)
        if shorter == lines:
            return lines
        lines = shorter
