"""Compiles the programs of the manual and runs them.

Displays of a page are marked by a comment in front of them:

  .\\" @example NAME run=1     a program: compiled, and run on our library and
                              the system's libev; their output is compared
  .\\" @diff NAME of=OTHER     the same, written as a diff from another program
  .\\" @output NAME            what the program prints

run=ours leaves the system's libev out, for what is different on purpose;
run=apart does not compare what the two print, because it is never the same;
run=0 does not run it at all; same=OTHER says that it has been shown before;
with=PEER lets a function of peers.py use the program while it runs;
needs=PACKAGE is for a program that uses another library, by pkg-config, and
skips it where that is missing.

NAME ends in .c (compiled as C and as C++), .cc, .py (run by python3) or .rs
(compiled by rustc; skipped where that is missing).

Environment: BUILD, TOP, REF (the system's libev.so.4, empty for none), JOBS.
"""

import concurrent.futures
import os
import shlex
import shutil
import subprocess
import sys
import tempfile

import peers
from pages import TOP, real_pages, tell
from programs import programs_of

BUILD = os.environ["BUILD"]
REF = os.environ.get("REF", "")
JOBS = int(os.environ.get("JOBS") or os.cpu_count())
# Seconds for one run; only one that hangs needs them.
LIMIT = 60
WIDTH = 69

C99, CXX20 = ["-std=c99"], ["-x", "c++", "-std=c++20"]
COMPILERS = {
    "gcc": C99, "clang": C99, "g++": CXX20, "clang++": CXX20,
}
COMPILERS_OF = {
    ".c": list(COMPILERS), ".cc": ["g++", "clang++"],
    ".py": ["python3"], ".rs": ["rustc"],
}
STRICT = ["-Wall", "-Wextra", "-Werror", "-O1", "-pthread", "-I" + TOP]


def ours():
    shared = os.path.join(BUILD, "libev.so.4")
    return shared if os.path.exists(shared) \
        else os.path.join(BUILD, "libev.a")


def flags_for(program, what):
    """What pkg-config says of the other library, if there is one."""
    package = program.options.get("needs")
    if not package:
        return []
    done = run(["pkg-config", "--" + what, package])
    return done.stdout.replace("-I", "-isystem ").split()


def missing(program):
    """A package or a program that is needed and not installed."""
    tool = compilers_for(program)[0]
    if not shutil.which(tool):
        return tool
    if tool == "python3" and ours().endswith(".a"):
        return "shared library"
    package = program.options.get("needs")
    try:
        if not package or not run(["pkg-config", package]).returncode:
            return None
    except FileNotFoundError:
        pass
    return package


def run(argv, **more):
    return subprocess.run(argv, stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          **more)


def build(program, compiler, library, path):
    """Returns a program that runs on the library."""
    source = path + os.path.splitext(program.name)[1]
    target = path + "." + os.path.basename(os.path.dirname(library))
    if not os.path.exists(source):
        with open(source, "w") as file:
            file.write(program.text)
    if compiler == "python3":
        return script(source, library, target)
    if compiler == "rustc":
        return build_rust(source, library, target)
    return build_c(program, compiler, library, path, target)


def script(source, library, target):
    with open(target, "w") as file:
        file.write("#!/bin/sh\nLD_LIBRARY_PATH=%s exec python3 %s\n" % (
            shlex.quote(os.path.dirname(library)), shlex.quote(source)))
    os.chmod(target, 0o755)
    return target


def build_rust(source, library, target):
    where = os.path.dirname(library)
    done = run(["rustc", "--edition", "2021", "-D", "warnings", source,
                "-o", target, "-L", where, "-l", "ev",
                "-C", "link-arg=-Wl,-rpath," + where])
    if done.returncode:
        raise ValueError("does not compile:\n" + done.stdout)
    return target


def build_c(program, compiler, library, path, target):
    """Compiles once for both libraries, whose interface is the same."""
    source = path + os.path.splitext(program.name)[1]
    if not os.path.exists(path + ".o"):
        done = run([compiler, *COMPILERS[compiler], *STRICT,
                    *flags_for(program, "cflags"),
                    "-c", source, "-o", path + ".o"])
        if done.returncode:
            raise ValueError("does not compile:\n" + done.stdout)
    done = run([compiler, path + ".o", "-o", target, library, "-pthread",
                "-lm", *flags_for(program, "libs"),
                "-Wl,-rpath," + os.path.dirname(library)])
    if done.returncode:
        raise ValueError("does not link:\n" + done.stdout)
    return target


def use(program, target):
    """What it prints, and its exit status."""
    with tempfile.TemporaryDirectory(dir=os.path.dirname(target)) as place:
        peer = program.options.get("with")
        if peer:
            return getattr(peers, peer)([target], place, LIMIT)
        try:
            done = run([target], cwd=place, timeout=LIMIT)
        except subprocess.TimeoutExpired as late:
            out = late.output or b""
            return out.decode() + "[not done after %d s]\n" % LIMIT
    return done.stdout + "[exit status %d]\n" % done.returncode


def complaints(program, compiler, directory):
    where = os.path.join(directory, compiler)
    os.makedirs(where, exist_ok=True)
    path = os.path.join(where, program.name.replace(".", "-"))
    wanted = program.options.get("run", "1")
    libraries = [ours()] + ([REF] if REF and wanted in ("1", "apart")
                             else [])
    try:
        targets = [build(program, compiler, library, path)
                   for library in libraries]
        printed = [] if wanted == "0" else [use(program, target)
                                            for target in targets]
    except ValueError as error:
        return [str(error)]
    found = ["fails:\n" + text for text in printed
             if not text.endswith("[exit status 0]\n")]
    if program.output is not None:
        printed.append(program.output + "[exit status 0]\n")
    for other in printed[1:]:
        if other != printed[0] and wanted != "apart":
            found.append("ours prints:\n%sand should:\n%s" %
                         (printed[0], other))
    return found


def compilers_for(program):
    return COMPILERS_OF[os.path.splitext(program.name)[1]]


def wide_lines(program):
    return ["line %d is wider than %d" % (number, WIDTH) for number, line in
            enumerate(program.text.split("\n"), 1) if len(line) > WIDTH]


def check(page, directory, pool):
    try:
        programs = list(programs_of(page))
    except (ValueError, KeyError) as error:
        yield page.file, [str(error)]
        return
    directory = os.path.join(directory, page.file)
    for program in programs:
        yield program.title() + " fits on the page", wide_lines(program)
        if missing(program):
            yield "%s # SKIP no %s" % (program.title(), missing(program)), []
            continue
        for compiler in compilers_for(program):
            yield ("%s by %s" % (program.title(), compiler),
                   pool.submit(complaints, program, compiler, directory))


def main():
    chosen = sys.argv[1:]
    pages = [page for page in real_pages()
             if not chosen or page.file in chosen]
    with tempfile.TemporaryDirectory() as directory, \
            concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        jobs = [job for page in pages for job in check(page, directory, pool)]
        for what, outcome in jobs:
            if not isinstance(outcome, list):
                outcome = outcome.result()
            tell(what, [line for text in outcome
                        for line in text.splitlines()])


if __name__ == "__main__":
    main()
