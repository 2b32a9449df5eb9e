"""Checks that ev_migrate(7) lists the differences from libev 4.33.

differences.txt has the same entries as the page, each with its tests: every
test that is marked OURS is there, and every test there is marked OURS.
Prints a result a line; t/man/man.sh runs it and counts them.
"""

import glob
import os
import re

from pages import TOP, read, tell

LIST = "t/man/differences.txt"
MARKED = re.compile(r"\bOURS(?:_[A-Z]+)?\s*\(\s*(test_\w+)")
TEXTS = ("README.md", "CHANGES.md")


def listed():
    """The tests of each entry, by its heading."""
    entries = {}
    for line in read(LIST).splitlines():
        if not line or line.startswith("#"):
            continue
        if not line.startswith(" "):
            entries[line] = tests = []
        else:
            tests.append(line.strip())
    return entries


def marked():
    """The tests that are marked OURS."""
    names = set()
    for name in glob.glob("t/**/*.c*", root_dir=TOP, recursive=True):
        if name.endswith((".c", ".cc")):
            names |= set(MARKED.findall(read(name)))
    return names


def headings():
    """The entries of the page."""
    sections = re.findall(r"^\.Ss Different: .*\n((?:(?!\.S[sh] ).*\n)+)",
                          read("man/ev_migrate.7"), re.M)
    return [heading.replace("\\&", "") for section in sections
            for heading in re.findall(r"^\.It (.*)", section, re.M)]


def main():
    """See above."""
    entries, ours = listed(), marked()
    tests = [test for of_entry in entries.values() for test in of_entry]
    names = {test for test in tests if test.startswith("test_")}
    files = {test for test in tests if not test.startswith("test_")}
    page = headings()
    missing = ["not in the list: " + name
               for name in sorted(set(page) - set(entries))]
    missing += ["not on the page: " + name
                for name in sorted(set(entries) - set(page))]
    tell("ev_migrate.7 and %s have the same entries, in one order" % LIST,
         [] if page == list(entries) else missing or ["in another order"])
    tell("each difference has a test",
         [name for name, of_entry in entries.items() if not of_entry])
    tell("each test that is marked OURS shows a difference in the list",
         sorted(ours - names))
    tell("each test in the list is marked OURS", sorted(names - ours))
    tell("each file in the list is there",
         sorted(name for name in files
                if not os.path.isfile(os.path.join(TOP, name))))
    tell("no other text has a list of its own",
         [name for name in TEXTS
          if "ev_migrate(7)" not in read(name)
          or re.search(r"^Differences from libev.*:$", read(name), re.M)])


if __name__ == "__main__":
    main()
