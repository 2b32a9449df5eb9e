#!/usr/bin/env python3
"""Prints t/README.md: README.in, with the numbers of the reports in a build
directory.

Usage: report.py BUILD REPORT...   with the reports of a check

In README.in, @NAME ARGUMENT@ is replaced by the result of the function
figure_NAME. The report of a full run (t/sh/full/NAME.tap) is preferred to that
of a check (t/sh/NAME.tap), unless the library has changed since. Fails if a
number is missing, if a test failed, or if a directory of t/ is not described.
"""
import pathlib
import platform
import re
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parents[3]
BUILD = pathlib.Path(sys.argv[1]).resolve()
REPORTS = sys.argv[2:]
wrong = []
told = set()  # reports with a place of their own


def brief(total):
    return total.replace(", 0 failed", "").replace(", 0 skipped", "")


def summed(paths):
    out = subprocess.run([TOP / "t/harness/report", "--sum", *paths],
                         capture_output=True, text=True, check=False).stdout
    total = out.splitlines()[-1]
    if not paths or ", 0 failed" not in total:
        wrong.append(out.strip())
    return brief(total)


def under(prefix):
    return [BUILD / path for path in REPORTS if path.startswith(prefix)]


def report(name):
    """The path of a single report, and what to say of its dose."""
    told.add(BUILD / "t/sh" / f"{name}.tap")
    library = (BUILD / "ev.o").stat().st_mtime
    full = BUILD / "t/sh/full" / f"{name.split('/')[0]}.tap"
    if full.is_file() and full.stat().st_mtime > library:
        return full, ""
    return BUILD / "t/sh" / f"{name}.tap", ", a small dose"


def found(name, pattern):
    path, dose = report(name)
    text = path.read_text(errors="replace") if path.is_file() else ""
    what = re.findall(pattern, text, re.M)
    if not what:
        wrong.append(f"{path}: no {pattern}")
    return what, dose


def figure_place():
    gcc = subprocess.run(["g++", "-dumpfullversion"], capture_output=True,
                         text=True, check=False).stdout.strip()
    return (f"g++ {gcc} on Linux "
            f"{platform.release().split('-')[0]}, {platform.machine()}")


def figure_check():
    return summed(under(""))


def figure_sum(prefix):
    return summed(under(prefix))


def figure_tests(prefix):
    names = set()
    for path in under(prefix):
        names.update(re.findall(r"^(?:not )?ok \d+ - (\w+)",
                                path.read_text(errors="replace"), re.M))
    return f"{len(names)} tests; {figure_sum(prefix)}"


def figure_tap(name):
    return summed([report(name)[0]])


def figure_each(directory):
    paths = sorted(under(directory))
    told.update(paths)
    return "\n".join(f"- {path.stem}: {summed([path])}" for path in paths)


def figure_rest():
    return "\n".join(f"- {path.stem}: {summed([path])}"
                     for path in sorted(under("t/sh/")) if path not in told)


def figure_mutants():
    what, dose = found("mutants", r"^# (\d+) mutants, (\d+) killed")
    return ", ".join(f"{n} mutants: {killed} noticed, {int(n) - int(killed)} "
                     "that nobody can notice" for n, killed in what) + dose


def figure_faults():
    what, dose = found("faults", r"^# (\d+) faults were injected")
    return f"{''.join(what)} faults{dose}"


def figure_seeds():
    ends, dose = found("diff", r"seeds (\d+) to (\d+)")
    numbers = [int(end) for both in ends for end in both] or [0]
    return (f"{max(numbers) - min(numbers) + 1} seeds, each on three "
            f"backends{dose}")


def figure_inputs():
    what, dose = found("fuzz", r"- (\w+): search, (\d+) inputs")
    return ", ".join(f"{n} inputs for `{target}`" for target, n in what) + dose


def figure_soaked():
    lines, _ = found("soak", r"^# (\d+ bytes, .*)$")
    sums = {}
    for number, what in re.findall(r"(\d+) ([a-z ]*[a-z])", " ".join(lines)):
        sums[what] = sums.get(what, 0) + int(number)
    return ", ".join(f"{n} {what}" for what, n in sums.items())


def figure_platforms():
    what, _ = found("platforms", r"^# (\w+): (\d.*)$")
    return "\n".join(f"- {name}: {brief(total)}" for name, total in what)


def left_by_coverage(name):
    path = BUILD / "t/sh/coverage" / name
    if not path.is_file():
        wrong.append(f"{path}: none")
        return ""
    return path.read_text().strip()


def figure_coverage():
    figure_tap("coverage")
    total = left_by_coverage("summary").split("\n")[-1]
    return re.sub("  +", " ", total.replace("all", "", 1)).strip()


def figure_gaps():
    return left_by_coverage("gaps")


def main():
    def figure(match):
        return globals()[f"figure_{match[1]}"](*(match[2] or "").split())

    template = (TOP / "t/nets/coverage/README.in").read_text()
    print(re.sub(r"@(\w+)( [^@\n]+)?@", figure, template), end="")
    files = subprocess.run([TOP / "tools/files"], check=True, text=True,
                           stdout=subprocess.PIPE).stdout
    for part in sorted(set(re.findall(r"^t/nets/[^/\n]+/", files, re.M))):
        if part not in template:
            wrong.append(f"t/nets/coverage/README.in: nothing of {part}")
    sys.exit("\n".join(wrong) or 0)


if __name__ == "__main__":
    main()
