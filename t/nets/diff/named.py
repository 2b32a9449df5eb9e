"""Named programs for the drivers: tuples of name, backend and lines, made from
seeds or read from files, and what the drivers print of them."""

import os
import sys

# $BACKENDS selects some of them, as it does for the test programs.
TESTED = int(os.environ.get("BACKENDS", 7))
BACKENDS = {name: bit for name, bit in
            {"select": 1, "poll": 2, "epoll": 4, "kqueue": 8}.items()
            if bit & TESTED}
BUNCH = 50


def from_seeds(seeds, program):
    return [(f"{seed}/{backend}", backend, program(seed))
            for seed in seeds for backend in BACKENDS]


def from_files(paths):
    named = []
    for path in paths:
        lines = [line for line in path.read_text().splitlines()
                 if line.strip() and not line.startswith(("#", "program "))]
        named += [(f"{path.name}/{backend}", backend, lines)
                  for backend in BACKENDS]
    return named


def bunches(args, corpus, program, size=BUNCH):
    """Pairs of a title and named programs."""
    if args.program:
        yield str(args.program), from_files([args.program])
        return
    yield "corpus", from_files(sorted(corpus.iterdir()))
    end = args.first + args.seeds
    for start in range(args.first, end, size):
        seeds = range(start, min(start + size, end))
        yield (f"seeds {seeds[0]} to {seeds[-1]}",
               from_seeds(seeds, program))


def write(file, named, extra=lambda lines: 0):
    """As a driver reads them. What `extra` says is added to the backend."""
    for name, backend, lines in named:
        file.write(f"program {name} {BACKENDS[backend] + extra(lines)}\n")
        file.write("\n".join(lines) + "\n")
    file.flush()


def collect(driver):
    """The traces that a running driver prints, by name."""
    output, errors = driver.communicate()
    if driver.returncode:
        sys.exit(f"Bail out! {driver.args}: {errors[-500:]}")
    parts = output.split("program ")[1:]
    return dict(part.split("\n", 1) for part in parts)
