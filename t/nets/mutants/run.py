#!/usr/bin/env python3
"""Mutation tests: puts bugs into the library, and checks that tests fail.

usage: run.py TOP BUILD (--sample | --all | NAME...)

A mutant is a small change of the sources, listed in the tables next to this
file: its name, a line `FILE: the bug`, the lines (or parts of lines) to be
replaced, marked -, and their replacement, marked +. After the name come the
subjects whose tests should detect it; `sample` means the differential test. A
mutant that no test can detect has a reason after `survives:`.

Each mutant is built in a directory of its own. Then the tests of its subjects
run, the differential test, all other test programs of t/ours, and the white-box
tests, until one fails. With --sample only the differential test runs, and each
mutant must have its place in the sources. Prints TAP: ok is a mutant that was
killed, or one that was expected to survive and did.
"""

import concurrent.futures
import os
import pathlib
import queue
import shutil
import signal
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
SOURCES = ["core", "backends", "watchers", "compat",
           "relev", "ev.c", "ev.h", "event.h", "relev.h"]
FLAGS = ["-std=gnu++17", "-O1", "-w", "-fPIC", "-fvisibility=hidden",
         "-fno-rtti", "-fno-threadsafe-statics",
         "-fasynchronous-unwind-tables", "-shared", "-nodefaultlibs",
         "-Wl,-soname,libev.so.4", "-I."]
LIBS = ["-lm", "-lc", "-lgcc"]
COMPILER = os.environ.get("CXX", "g++").split()
WHITE_FLAGS = ["-std=c++20", "-O1", "-w", "-fno-exceptions", "-fno-rtti"]
WHITE_LIBS = ["-lcmocka", "-lpthread", "-lm"]
SEEDS = os.environ.get("SEEDS", "150")
DIFF_LIMIT, PROGRAM_LIMIT = 120, 60  # seconds


class Mutant:
    def __init__(self, text):
        lines = text.splitlines()
        self.name, *self.subjects = lines[0].split()
        self.sample = "sample" in self.subjects
        body = [line[4:] for line in lines[1:]]
        self.file, self.what = body[0].split(": ", 1)
        self.old = "\n".join(line[2:] for line in body if line[:2] == "- ")
        self.new = "\n".join(line[2:] for line in body if line[:2] == "+ ")
        reason = text.partition("survives:")[2]
        self.survives = " ".join(reason.split())

    def has_place(self, top):
        path = top / self.file
        return (bool(self.old) and path.exists()
                and path.read_text().count(self.old) == 1)

    def apply(self, top):
        """Breaks the copy in `top`; false: the table is out of date."""
        path = top / self.file
        if not self.has_place(top):
            return False
        path.write_text(path.read_text().replace(self.old, self.new))
        return True


def tables():
    mutants = []
    for path in sorted(HERE.glob("*.txt")):
        parts = path.read_text().strip().split("\n\n")
        mutants += [Mutant(part) for part in parts]
    names = [mutant.name for mutant in mutants]
    assert len(set(names)) == len(names), "a name twice"
    return mutants


def succeeds(command, limit, **options):
    """Runs a command with all its children; late is a failure."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL,
                               start_new_session=True, **options)
    try:
        return process.wait(limit) == 0
    except subprocess.TimeoutExpired:
        return False
    finally:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()


class Bench:
    """A directory in which one mutant after another is built and tested."""

    def __init__(self, top, build, path, programs, whites):
        self.top, self.path, self.build = top, path, build
        self.programs, self.whites = programs, whites
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(parents=True)
        self.scratch = path / "tmp"  # for what killed programs leave
        self.environment = dict(os.environ, TMPDIR=str(self.scratch))
        runner = top / "t/nets/diff/check.sh"
        subprocess.run(["bash", runner, "--build", path], check=True,
                       env=dict(os.environ, BUILD=str(build)))

    def fresh(self):
        sources = self.path / "sources"
        for fresh in sources, self.scratch:
            shutil.rmtree(fresh, ignore_errors=True)
            fresh.mkdir()
        for name in SOURCES:
            origin = self.top / name
            if origin.is_dir():
                shutil.copytree(origin, sources / name)
            else:
                shutil.copy(origin, sources)
        for name in "config.h", "libev.sym":
            shutil.copy(self.build / name, sources)
        return sources

    def compile(self, sources):
        """libev.so.4 beside the driver, which finds it there first."""
        command = COMPILER + FLAGS + [
            "-Wl,--version-script,libev.sym", "-x", "c++", "ev.c",
            "-o", str(self.path / "libev.so.4")] + LIBS
        return subprocess.run(command, cwd=sources, capture_output=True,
                              text=True)

    def diff_passes(self):
        differ = str(self.top / "t/nets/diff/diff.py")
        return succeeds([sys.executable, "-B", differ,
                         "--quick", "--seeds", SEEDS, str(self.path / "ours"),
                         str(self.path / "reference")], DIFF_LIMIT,
                        env=self.environment)

    def program_passes(self, program, mutated=True):
        environment = dict(self.environment)
        if mutated:
            environment["LD_LIBRARY_PATH"] = str(self.path)
        return succeeds([str(program)], PROGRAM_LIMIT, cwd=self.build,
                        env=environment)

    def white_passes(self, source, tree):
        """A white-box test with the sources of that tree."""
        program = self.path / "white"
        command = COMPILER + WHITE_FLAGS + [
            f"-I{tree}", f"-I{self.build}", f"-I{self.top}/t", str(source),
            "-o", str(program)] + WHITE_LIBS
        return (subprocess.run(command, capture_output=True).returncode == 0
                and self.program_passes(program, mutated=False))

    def killed_by_program(self, program):
        return (not self.program_passes(program)
                and self.program_passes(program, mutated=False))

    def killed_by_white(self, source):
        return (not self.white_passes(source, self.path / "sources")
                and self.white_passes(source, self.top))

    def killer(self, subjects):
        """The test that kills it; one that fails on the library itself does not
        count. Those of its subjects come first."""
        tests = [(lambda: not self.diff_passes(), "diff", "sample")]
        for program in self.programs:
            tests.append((lambda p=program: self.killed_by_program(p),
                          str(program.relative_to(self.build)),
                          program.parent.name))
        for source in self.whites:
            tests.append((lambda s=source: self.killed_by_white(s),
                          "t/white/core/" + source.stem, "core"))
        tests.sort(key=lambda test: test[2] not in subjects)
        return next((name for kills, name, _ in tests if kills()), None)

    def judge(self, mutant):
        """(as expected, remark)"""
        sources = self.fresh()
        if not mutant.apply(sources):
            return False, "the table is out of date: no single such place"
        compiled = self.compile(sources)
        if compiled.returncode:
            return False, "does not compile: " + compiled.stderr[:200]
        killer = self.killer(mutant.subjects)
        if mutant.survives:
            return (not killer, f"killed by {killer}, but said to survive"
                    if killer else "survives: " + mutant.survives)
        return bool(killer), f"killed by {killer}" if killer else "SURVIVES"

    def sound(self):
        """Without a mutation every test must pass."""
        compiled = self.compile(self.fresh())
        return compiled.returncode == 0 and self.diff_passes()


def strays(mutants, top):
    """The mutants whose place in the sources is gone."""
    return [mutant.name for mutant in mutants if not mutant.has_place(top)]


def choose(mutants, wanted):
    if wanted == ["--all"]:
        return mutants
    if wanted == ["--sample"]:
        return [mutant for mutant in mutants if mutant.sample]
    chosen = [mutant for mutant in mutants if mutant.name in wanted]
    if len(chosen) != len(wanted):
        sys.exit("no such mutant")
    return chosen


def test_programs(build, wanted):
    """The quick ones first: most mutants never get to the others."""
    if wanted == ["--sample"]:
        return []
    programs = [path for path in (build / "t/ours").rglob("*")
                if path.is_file() and os.access(path, os.X_OK)]
    if not programs and wanted == ["--all"]:
        sys.exit("Bail out! no test programs in t/ours: use make mutants")
    return sorted(programs, key=lambda path: ("compat" in path.parts, path))


def main():
    top, build = (pathlib.Path(path).resolve() for path in sys.argv[1:3])
    wanted = sys.argv[3:]
    stray = strays(tables(), top)
    if stray:
        sys.exit("Bail out! no single such place: " + " ".join(stray))
    mutants = choose(tables(), wanted)
    programs = test_programs(build, wanted)
    whites = sorted((top / "t/core").glob("*.cc")) if programs else []
    benches = queue.Queue()
    for i in range(2):
        path = build / f"t/sh/mutants-{i}"
        benches.put(Bench(top, build, path, programs, whites))

    def judge(mutant):
        bench = benches.get()
        try:
            return bench.judge(mutant)
        finally:
            benches.put(bench)

    first = benches.get()
    if not first.sound():
        sys.exit("Bail out! the library itself differs from the reference")
    benches.put(first)
    print(f"1..{len(mutants)}", flush=True)
    failures = killed = 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        verdicts = pool.map(judge, mutants)
        for number, (mutant, (good, remark)) in enumerate(
                zip(mutants, verdicts), 1):
            print(f"{'ok' if good else 'not ok'} {number} - {mutant.name}:"
                  f" {mutant.what}; {remark}", flush=True)
            failures += not good
            killed += remark.startswith("killed")
    print(f"# {len(mutants)} mutants, {killed} killed,"
          f" {failures} not as expected")
    sys.exit(failures > 0)


if __name__ == "__main__":
    main()
