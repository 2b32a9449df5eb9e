#!/usr/bin/env python3
"""Instructions and system calls of an operation, exact on any machine.

Usage: count.py [--libraries ours,libev,...] [ROW]...
       count.py --profile [ROW]...    the functions that execute them
       count.py --check       compares ours with instructions.txt, as TAP, and
                              the rows of events with metrics of level 1
       count.py --table       writes a new instructions.txt

ROW is a row of rows.txt, or the beginning of its name. Environment: BUILD, the
build directory of ours, with the programs in BUILD/bench/out.
"""

import argparse
import collections
import glob
import os
import re
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

import lab

TABLE = os.path.join(lab.HERE, "instructions.txt")
TOLERANCE = 0.03
METRICS_MOST = 0.05  # what relev_metrics(3) says of level 1
SKIPPED = 77  # as exit status

# The parts of the library, by the names of their functions; the first match
# counts. What is left is the program, the C library and the clock.
PARTS = {
    "dispatch": r"evi::(dispatch|pending_reverse)",
    "events": r"evi::(epoll_take|epoll_feed|fd_feed|io_feed|tries_)",
    "registration": r"evi::(fds?_commit|fd_wanted"
                    r"|epoll_(register|modify|put_off|insist|delete|park))",
    "iteration": r"ev_run|evi::(wait_|epoll_(poll|block|ask)|poll_wakeup"
                 r"|wakeup_collect|fork_flagged|process_current)",
    "watchers": r"ev_|evi::",
}

# Callgrind counts between two requests of the program. One run has the
# operations once and twice: what both need to begin and to end cancels out.
# The clock is our own, lest the count depend on time.


def counts(row, library):
    """What callgrind says of both phases, or None."""
    env = lab.environment(library, LD_PRELOAD=lab.BENCH + "/clock.so")
    with tempfile.TemporaryDirectory() as out:
        command = ["valgrind", "--tool=callgrind", "--collect-atstart=no",
                   "--collect-systime=yes",
                   "--callgrind-out-file=" + out + "/%p",
                   lab.program(library), *row.command,
                   "ops=%d" % row.counted]
        if lab.run(command, env) is None:
            return None
        return [phase_text(out, phase) for phase in ("once", "twice")]


def phase_text(directory, phase):
    """The file of the named phase."""
    for path in glob.glob(directory + "/*"):
        with open(path, encoding="ascii") as file:
            text = file.read()
        if "desc: Trigger: Client Request: %s\n" % phase in text:
            return text
    sys.exit("callgrind left nothing of " + phase)


def measure(row, library):
    """Instructions and system calls of one operation, or None."""
    texts = counts(row, library)
    return texts and of_operation(row, texts)


def of_operation(row, texts):
    """The same, of both phases."""
    once, twice = [totals(text) for text in texts]
    return ((twice[0] - once[0]) / row.counted,
            (twice[1] if len(twice) > 1 else 0) / (2 * row.counted))


def in_parts(row, texts):
    """The instructions of an operation in each of the parts, and the rest."""
    sums = collections.Counter()
    for text, sign in zip(texts, (-1, 1)):
        for name, count in functions(text).items():
            part = next((part for part, names in PARTS.items()
                         if re.match(names, name)), "rest")
            sums[part] += sign * count / row.counted
    return [sums[part] for part in ["rest", *PARTS]]


def totals(text):
    """The sums of a phase: instructions and system calls."""
    sums = re.search(r"^totals: (.*)", text, re.M)
    return [int(number) for number in sums[1].split()]


def functions(text):
    """Instructions of each function of a phase, without what it calls."""
    names, found, function, called = {}, collections.Counter(), None, False
    for line in text.splitlines():
        name = re.match(r"c?fn=\((\d+)\)(?: (.*))?", line)
        if name:
            if name[2]:
                names[name[1]] = name[2]
            if line.startswith("fn="):
                function = name[1]
        elif line.startswith("calls="):
            called = True  # the next line is what the callee took
        elif re.match(r"[-+*\d]\S* \d+", line):
            if not called:
                found[function] += int(line.split()[1])
            called = False
    return collections.Counter({plain(names[key]): count
                                for key, count in found.items()})


def plain(name):
    """A name in C++ without its arguments."""
    name = name.replace("(anonymous namespace)::", "")
    return re.sub(r"(<.*>)?(\(.*)?$", "", name.removeprefix("void "))


def profile(rows):
    """Where the instructions of an operation are spent, ours."""
    for row in rows:
        once, twice = map(functions, counts(row, "ours"))
        twice.subtract(once)
        print("%s: %.1f instructions of an operation"
              % (row.name, sum(twice.values()) / row.counted))
        for name, count in twice.most_common():
            if count >= row.counted:
                print("%9.1f  %s" % (count / row.counted, name))


def measured(rows, libraries):
    """Yields each row with a list of measurements, one for a library."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        futures = [[pool.submit(measure, row, library)
                    for library in libraries] for row in rows]
        try:
            for row, line in zip(rows, futures):
                yield row, [future.result() for future in line]
        finally:
            pool.shutdown(cancel_futures=True)


def show(rows, libraries):
    """For people."""
    print("instructions of an operation; (system calls); an arrow: not met")
    head = "%-18s" % "" + "".join("%16s" % lab.SHOWN.get(name, name)
                                  for name in libraries)
    both = libraries[:2] == ["ours", "libev"]
    print(head + "%8s%8s%6s" % ("ratio", "(libev)", "aim") * both)
    for row, line in measured(rows, libraries):
        text = "%-18s" % row.name
        for got in line:
            text += "%9.1f (%4.2f)" % got if got else "%16s" % "-"
        if both:
            missed = row.aim and line[0][0] > row.aim
            text += "%8.2f%8s%6s%s" % (line[0][0] / line[1][0],
                                       row.libev or "-", row.aim or "-",
                                       " <-" if missed else "")
        print(text, flush=True)


def compiler():
    """Which compiler and flags the table holds for."""
    words = os.environ.get("BENCH_COMPILER", "").split()
    return " ".join(words)


def make_table(rows):
    """Writes instructions.txt."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        texts = list(pool.map(lambda row: counts(row, "ours"), rows))
    with open(TABLE, "w", encoding="ascii") as file:
        file.write("# Written by make bench-table. Ours, by callgrind:\n"
                   "# compiler: %s\n"
                   "# row, instructions and system calls of an operation; the\n"
                   "# instructions of %s\n"
                   % (compiler(), ", ".join(["the rest", *PARTS])))
        for row, phases in zip(rows, texts):
            file.write("%-18s %9.1f %6.2f %s\n" % (
                row.name, *of_operation(row, phases), "".join(
                    " %6.1f" % part for part in in_parts(row, phases))))


def check(rows):
    """Compares with instructions.txt; prints TAP."""
    with open(TABLE, encoding="ascii") as file:
        text = file.read()
    made_by = re.search(r"^# compiler: (.*)", text, re.M)[1]
    if made_by != compiler():
        print("# the table is for %s, not %s" % (made_by, compiler()))
        return SKIPPED
    table = {words[0]: (float(words[1]), float(words[2]))
             for words in map(str.split, text.splitlines())
             if words[0] != "#"}
    with_metrics = [row for row in rows
                    if "-of-" in row.name or row.name == "timer-expire-1k"]
    print("1..%d" % (len(rows) + len(with_metrics)))
    failed = 0
    for number, (row, [got]) in enumerate(measured(rows, ["ours"]), 1):
        want = table.get(row.name)
        fine = want and abs(got[0] / want[0] - 1) <= TOLERANCE \
            and abs(got[1] - want[1]) < 0.02
        failed += not fine
        print("%sok %d - %s: %.1f instructions, %.2f system calls"
              % ("" if fine else "not ", number, row.name, *got))
        if not fine:
            print("# the table has %s (make bench-table)"
                  % ("%.1f, %.2f" % want if want else "no such row"))
        sys.stdout.flush()
    both = measured(with_metrics, ["ours", "metrics-1"])
    for number, (row, [off, on]) in enumerate(both, len(rows) + 1):
        fine = off[0] < on[0] <= (1 + METRICS_MOST) * off[0] \
            and off[1] == on[1]
        failed += not fine
        print("%sok %d - %s with metrics: %.1f instructions, without %.1f"
              % ("" if fine else "not ", number, row.name, on[0], off[0]),
              flush=True)
    return failed > 0


def main():
    """See above."""
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--libraries", default="ours,libev")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--table", action="store_true")
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("rows", nargs="*")
    options = parser.parse_args()
    rows = [row for row in lab.rows(options.rows) if row.counted]
    if options.check:
        sys.exit(check(rows))
    if options.table:
        make_table(rows)
    elif options.profile:
        profile(rows)
    else:
        show(rows, options.libraries.split(","))


if __name__ == "__main__":
    main()
