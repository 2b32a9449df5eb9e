"""Reads the manual: names, sections, references and examples of its pages."""

import glob
import os
import re
import subprocess

TOP = os.environ.get("TOP") or os.path.abspath(
    os.path.join(os.path.dirname(__file__), "..", ".."))
MAN = os.environ.get("MAN") or os.path.join(TOP, "man")
ESCAPES = {r"\(aq": "'", r"\(dq": '"', r"\(ti": "~", r"\(ha": "^",
           r"\(ga": "`", r"\e": "\\", r"\-": "-", r"\&": ""}

ROW = re.compile(r"\| \d+ \| (.+\?.*) \| ([\w+]+)\((\d)\) \| (.+) \|$")


def plain(line):
    """A line of a literal display as the reader sees it."""
    return re.sub(r"\\(\(..|[e&-])",
                  lambda m: ESCAPES.get(m.group(0), m.group(0)), line)


class Page:
    def __init__(self, path):
        self.path = path
        self.file = os.path.basename(path)
        self.title, self.section = self.file.rsplit(".", 1)
        with open(path) as file:
            self.lines = file.read().splitlines()
        self.link = None

    def part(self, heading):
        """The lines of one .Sh."""
        inside, found = False, []
        for line in self.lines:
            if line.startswith(".Sh "):
                inside = line[4:] == heading
            elif inside:
                found.append(line)
        return found

    def section_text(self, heading):
        """The lines below an .Sh or .Ss, up to the next one."""
        inside = False
        for line in self.lines:
            if re.match(r"\.S[hs] ", line):
                inside = plain(line[4:]).replace('"', "") == heading
            elif inside and not line.startswith('.\\"'):
                yield line

    def headings(self, macro):
        return [plain(line[4:]).replace('"', "") for line in self.lines
                if line.startswith("." + macro + " ")]

    def names(self):
        return [line.split()[1] for line in self.part("NAME")
                if line.startswith(".Nm ")]

    def summary(self):
        return "".join(line[4:] for line in self.part("NAME")
                       if line.startswith(".Nd "))

    def references(self, heading=None):
        """(name, section) of every .Xr, or of those under one heading."""
        lines = self.part(heading) if heading else self.lines
        return [tuple(found) for line in lines
                for found in re.findall(r"\bXr (\S+) ([1-9])", line)]

    def displays(self):
        """(kind, name, options, text) of displays that a comment marks with
        @example, @diff or @output."""
        mark, text = None, None
        for line in self.lines:
            found = re.match(r'\.\\" @(example|diff|output) (\S+)(.*)',
                             line)
            if found:
                options = dict(word.split("=") for word in found[3].split())
                mark = found[1], found[2], options
            elif mark and line.startswith(".Bd"):
                text = []
            elif mark and text is not None and line == ".Ed":
                yield (*mark, "\n".join(text) + "\n")
                mark, text = None, None
            elif text is not None:
                text.append(plain(line))
        if mark:
            raise ValueError("%s: no display after @%s %s" %
                             (self.file, mark[0], mark[1]))


class Link:
    """An alias of a page; its file is made by `make install`."""

    def __init__(self, file, target):
        self.file, self.link = file, target
        self.title, self.section = file.rsplit(".", 1)


def real_pages():
    return [Page(path) for path in sorted(glob.glob(MAN + "/*.[137]"))]


def all_pages():
    pages = real_pages()
    said = subprocess.run([TOP + "/tools/manlinks",
                           *(page.path for page in pages)],
                          check=True, capture_output=True, text=True).stdout
    return pages + [Link(*line.split()) for line in said.splitlines()]


def questions():
    """(question, page, section, heading) of each row of questions.md; a row of
    another form as it is."""
    with open(os.path.join(MAN, "questions.md")) as file:
        for line in file:
            if re.match(r"\| \d", line):
                row = ROW.match(line.rstrip())
                yield row.groups() if row else line.rstrip()


def read(name):
    with open(os.path.join(TOP, name)) as file:
        return file.read()


def tell(what, complaints):
    """One result; the test script counts."""
    complaints = list(complaints)
    print(("not ok - " if complaints else "ok - ") + what)
    for line in complaints:
        print("# " + line)
