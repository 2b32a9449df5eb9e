#!/usr/bin/env python3
"""Prints t/README.md: what is tested how, with the figures of the reports that
the checks left in a build directory.

Usage: report.py BUILD

A report of a full run (t/sh/full/NAME.tap) is taken before that of the dose
that `make check` has (t/sh/NAME.tap).
"""
import pathlib
import platform
import re
import subprocess
import sys
import textwrap

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
NOT_RUN = "not run here"

HEAD = """# What is tested, and how

Made by `make report` from what the checks left behind; not to be edited. These
figures are of {place}.

`make check` runs all of it but the coverage, in a dose of its own, from a bare
clone; the goals named below run more. A test that can be run on libev 4.33
(Debian's package) is run there, too: what this library does is right if that
does the same, and where it does otherwise on purpose the test says so.
"""

# Title; what it is; the figures, each a function and its arguments.
PARTS = [
    ("Behaviour, `t/*.c`, `t/compat/`",
     "Each item of the behaviour has a test by its number, run once for each "
     "backend: select, poll and epoll. Clocks are virtual, so that tests of "
     "time are exact and quick. White-box tests (`t/*.cc`) look into the "
     "parts. All run again under valgrind and the sanitizers.",
     [("this library", "sum", "t/ours"), ("libev 4.33", "sum", "t/ref"),
      ("white box", "sum", "t/white"),
      ("ASan and UBSan", "sum", "t/san"), ("TSan", "sum", "t/tsan"),
      ("MSan", "tap", "msan"), ("valgrind", "sum", "t/valgrind"),
      ("helgrind", "tap", "helgrind")]),
    ("Differential testing, `t/diff/` (`make diff SEEDS=100000`)",
     "Random programs of operations, from outside and from inside callbacks, "
     "on several loops, are run on libev and on this library; the traces have "
     "to be the same. What differs is shrunk to the shortest program.",
     [("programs", "seeds", "diff/run"), ("results", "tap", "diff/run")]),
    ("Mutants, `t/mutants/` (`make mutants`)",
     "Small mistakes are put into the library, one at a time, to prove that "
     "the tests would see them. The few that nobody can see are listed with "
     "the reason.",
     [("mutants", "note", "mutants", r"(\d+ mutants, \d+ killed)"),
      ("results", "tap", "mutants")]),
    ("Fault injection, `t/faults/` (`make faults`)",
     "Every system call and allocation of the library is failed in turn, with "
     "each errno it may have, on each backend; and the tests run as on a "
     "kernel without the newer calls.",
     [("faults", "note", "faults/run", r"(\d+ faults) were injected"),
      ("results", "tap", "faults/run")]),
    ("Fuzzing, `t/fuzz/` (`make fuzz SECONDS=600`)",
     "Two libFuzzer targets, one for the API and one for the libevent "
     "emulation, verify the loop after every step, under ASan and UBSan. What "
     "they once found is among the seeds.",
     [("inputs", "fuzz", "fuzz"), ("results", "tap", "fuzz")]),
    ("Scale and endurance, `t/soak/` (`make scale`, `make soak`)",
     "15,000 sockets, a million timers, 100,000 reused descriptors, 64 loops "
     "in 64 threads, fork storms, clocks set by years; and everything at once, "
     "counted on both sides so that not one event is lost.",
     [("events", "soak", "soak/run"), ("results", "tap", "soak/run")]),
    ("Mistakes of the caller, `t/mistakes_*.c`",
     "Closed descriptors, foreign loops, numbers out of range, watchers freed "
     "or initialised anew: each is survived, and told.",
     [("results", "names", "t/ours", "mistakes")]),
    ("Real consumers, `t/consumers/`",
     "Programs of Debian, built for libev, run on this library; the maps of "
     "each process prove that they do.",
     [("results", "sum", "t/sh/consumers")]),
    ("The interface, `t/compat/`",
     "Headers, layouts, values, prototypes and symbols are compared with "
     "libev's in every configuration that changes them. Every test program "
     "built for libev, with its headers and its library, runs on this one, "
     "and programs built for this one run on libev.",
     [("compared", "tap", "compat/abi"), ("symbols", "tap", "compat/symbols"),
      ("headers", "tap", "compat/headers"),
      ("programs exchanged", "tap", "compat/exchange")]),
    ("Other platforms, `t/platforms/` (`make platforms`)",
     "musl; 32 bits with either size of `time_t`; aarch64 and, of the other "
     "byte order, s390x, both played by qemu. What cannot run there is listed "
     "in `t/platforms/except`.",
     [("musl", "note", "platforms", r"musl: (.*)"),
      ("i386", "note", "platforms", r"i386: (.*)"),
      ("i386, 64-bit time", "note", "platforms", r"time64: (.*)"),
      ("aarch64", "note", "platforms", r"aarch64: (.*)"),
      ("s390x", "note", "platforms", r"s390x: (.*)")]),
    ("Configurations and style, `t/matrix.sh`, `t/tidy.sh`, `t/static.sh`",
     "The sources in more than 100 configurations with two compilers, no "
     "warning allowed; clang-tidy and cppcheck; the rules of the house; the "
     "manual, its examples included; the installation.",
     [("configurations", "tap", "matrix"), ("static checks", "tap", "static"),
      ("rules", "tap", "tidy"), ("manual", "tap", "man"),
      ("installation", "tap", "install"), ("embedding", "tap", "embed"),
      ("examples", "tap", "examples")]),
    ("Coverage, `t/coverage/` (`make coverage`)",
     "Of the library's own lines and branches, assertions left out. Each line "
     "that is not reached has its reason in `t/coverage/reasons`.",
     [("reached", "coverage")]),
]


def report_path(name):
    full = BUILD / "t/sh/full" / f"{name.split('/')[0]}.tap"
    return full if full.is_file() else BUILD / "t/sh" / f"{name}.tap"


def text_of(name):
    path = report_path(name)
    return path.read_text(errors="replace") if path.is_file() else None


def summed(paths):
    if not paths:
        return NOT_RUN
    out = subprocess.run([TOP / "t/run", "--sum", *paths],
                         capture_output=True, text=True, check=False).stdout
    return out.splitlines()[-1]


def figure_sum(directory):
    return summed(sorted((BUILD / directory).rglob("*.tap")))


def figure_names(directory, prefix):
    return summed(sorted((BUILD / directory).glob(f"{prefix}*.tap")))


def figure_tap(name):
    path = report_path(name)
    return summed([path] if path.is_file() else [])


def figure_note(name, pattern):
    found = re.search(f"^# {pattern}", text_of(name) or "", re.M)
    return found[1] if found else NOT_RUN


def figure_seeds(name):
    ends = re.findall(r"seeds (\d+) to (\d+)", text_of(name) or "")
    if not ends:
        return NOT_RUN
    count = max(int(b) for _, b in ends) - min(int(a) for a, _ in ends) + 1
    return f"{count} seeds, on each of 3 backends"


def figure_fuzz(name):
    found = re.findall(r"- (\w+): search, (\d+) inputs", text_of(name) or "")
    return ", ".join(f"{n} of `{what}`" for what, n in found) or NOT_RUN


def figure_soak(name):
    sums = {}
    for line in re.findall(r"^# (\d+ bytes, .*)$", text_of(name) or "", re.M):
        for number, what in re.findall(r"(\d+) ([a-z ]+)", line):
            sums[what] = sums.get(what, 0) + int(number)
    return ", ".join(f"{n} {what}" for what, n in sums.items()) or NOT_RUN


def figure_coverage():
    path = BUILD / "t/sh/coverage/summary"
    if not path.is_file():
        return NOT_RUN
    found = re.search(r"lines +(\S+) % of +(\d+), branches +(\S+) % of +(\d+)",
                      path.read_text().splitlines()[-1])
    return (f"{found[1]} % of {found[2]} lines, "
            f"{found[3]} % of {found[4]} branches")


def place():
    gcc = subprocess.run(["g++", "-dumpfullversion"], capture_output=True,
                         text=True, check=False).stdout.strip()
    return (f"g++ {gcc} on Linux "
            f"{platform.release().split('-')[0]}, {platform.machine()}")


def main():
    print(HEAD.format(place=place()))
    for title, text, figures in PARTS:
        print(f"## {title}\n\n{textwrap.fill(text, 79)}\n")
        for label, kind, *args in figures:
            figure = globals()[f"figure_{kind}"](*args)
            print(f"- {label}: {figure}")
        print()


if __name__ == "__main__":
    main()
