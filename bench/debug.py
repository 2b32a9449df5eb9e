#!/usr/bin/env python3
"""How much slower is an event in the debug library, with 1,000 watchers?

Usage: debug.py [ROW]...    ROW is the beginning of a name of rows.txt

Both libraries run in turn; the table has the median of the ratios, and half of
their interquartile range. Exit status: 1 if a ratio is more than relev-debug(1)
says. Environment: BUILD.
"""

import statistics
import sys

import lab

MOST = 10  # what relev-debug(1) says
ROWS = ["io-1-of-1000", "io-100-of-1000", "io-1000-of-1000", "io-life"]
OPERATIONS = 20000


def once(row, library):
    """Processor time of an operation, in nanoseconds."""
    command = [lab.program(library), *row.command, "ops=%d" % OPERATIONS]
    return lab.results(lab.run(command, lab.environment(library)))["cpu_ns"]


def ratio(row):
    """The median and the spread of the ratios, and what relev takes."""
    pairs = [(once(row, "ours"), once(row, "debug"))
             for _ in range(row.rounds)]
    found = [slow / fast for fast, slow in pairs]
    return (statistics.median(found), lab.spread(found),
            statistics.median(fast for fast, _ in pairs))


def main():
    """Prints a line for each row."""
    failed = False
    print("%-16s %8s %8s" % ("row", "ns", "debug"))
    for row in lab.rows(sys.argv[1:] or ROWS):
        times, spread, fast = ratio(row)
        failed |= times > MOST
        print("%-16s %8.0f %7.1fx +-%.1f" % (row.name, fast, times, spread))
    sys.exit(failed)


main()
