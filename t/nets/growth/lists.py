"""The lists beside this file, what they allow, and whether they are true."""

import fnmatch
import pathlib
import re

HERE = pathlib.Path(__file__).parent
TOP = next(path for path in HERE.parents if (path / "libev.m4").exists())


def blocks(name):
    """The blocks of a list: a heading, and the words indented below it."""
    found = []
    for line in (HERE / name).read_text(encoding="ascii").splitlines():
        if line.startswith(" "):
            found[-1][1].extend(line.split())
        elif line and not line.startswith("#"):
            found.append((line, []))
    return found


def expanded(word):
    """What a word with {a,b} stands for, as in bash."""
    braces = re.search(r"\{([^}]*)\}", word)
    if not braces:
        return [word]
    return [name for part in braces[1].split(",")
            for name in expanded(word.replace(braces[0], part, 1))]


def stands_for(word, name):
    """Is that scenario meant?"""
    return any(fnmatch.fnmatchcase(name, one) for one in expanded(word))


def unused(words, used):
    """The words that no scenario needed."""
    return ["%s: none needs it" % word for word in words
            if not any(stands_for(word, name) for name in used)]


def page_text(name):
    """A manual page in one line, without its markup."""
    text = (TOP / "man" / name).read_text(encoding="ascii")
    text = re.sub(r"^\.(It|Xr|Dv|Fn|Nm) ", "", text, flags=re.M)
    return " ".join(text.replace(" Ta ", " ").split())


class Stated:
    """Scenarios that grow faster than n log n, as the manual says."""

    def __init__(self):
        self.blocks = blocks("stated.txt")
        self.used = set()

    def allows(self, name):
        """Is it stated that this one grows with the square?"""
        self.used.add(name)
        return any(stands_for(word, name)
                   for _, words in self.blocks for word in words)

    def checks(self):
        """The page says so, and what is listed grows so."""
        for heading, words in self.blocks:
            page, sentence = heading.split(": ", 1)
            faults = unused(words, self.used)
            if sentence not in page_text(page):
                faults.append("%s does not say so" % page)
            yield "stated_in_" + heading, faults


class Dearer:
    """Scenarios in which ours may take more than libev."""

    def __init__(self):
        self.blocks = blocks("dearer.txt")
        self.used = set()

    def most(self, name, what):
        """How many times libev's cost may be ours, which is more than most."""
        self.used.add((name, what))
        for heading, words in self.blocks:
            listed, times = heading.split(": ")[0].rsplit(" ", 1)
            if listed == what and any(stands_for(word, name) for word in words):
                return float(times)
        return 0

    def checks(self):
        """What is listed is needed."""
        for heading, words in self.blocks:
            listed = heading.split(": ")[0].rsplit(" ", 1)[0]
            used = {name for name, what in self.used if what == listed}
            yield "dearer_" + heading, unused(words, used)


def functions_measured(called):
    """Every exported function is in some scenario, or has a reason."""
    lists = ("Symbols.ev", "Symbols.event", "packaging/Symbols.relev")
    exported = [name for part in lists
                for name in (TOP / part).read_text("ascii").split()]
    reasons = {name for _, words in blocks("unmeasured.txt") for name in words}
    for name in exported:
        faults = []
        if name not in called and name not in reasons:
            faults.append("in no scenario, and no reason in unmeasured.txt")
        if name in called and name in reasons:
            faults.append("in a scenario, and in unmeasured.txt")
        yield "measured_" + name, faults
    yield "unmeasured_are_exported", sorted(reasons - set(exported))


class Report:
    """TAP."""

    def __init__(self):
        self.count = self.failed = 0

    def line(self, name, faults, more=()):
        """A test; it failed if there are faults."""
        self.count += 1
        self.failed += bool(faults)
        print("%s %d - %s" % ("not ok" if faults else "ok", self.count, name))
        for text in [*faults, *more]:
            print("# " + text, flush=True)

    def end(self):
        """The plan; returns the exit status."""
        print("1..%d" % self.count)
        return self.failed > 0
