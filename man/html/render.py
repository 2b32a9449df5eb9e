"""A page of the manual as HTML: what mandoc makes of it, tidied up.

mandoc's own anchors of functions follow a guess, so they are taken away, and
each name gets one where it is explained: in the list that has it as an item,
in the heading that is about it, or where it is first mentioned."""

import html
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "t", "man"))

import listing  # noqa: E402
import pages  # noqa: E402
from programs import programs_of  # noqa: E402

IDENTIFIER = r"(?:(?:rel)?ev::)?[A-Za-z_]\w*"
CODE = re.compile(r'<(code|var|a|span) class="(\w+)"([^>]*)>([^<]*)</\1>')


def picture(name):
    """One of the SVG files, to stand in a page; there the page's style sheet
    is its own."""
    with open(os.path.join(HERE, name + ".svg")) as file:
        return re.sub(r"<\?xml.*?\?>\s*", "", file.read()).strip()


def source(page):
    """The lines of a page, with a mark in place of each drawn picture and of
    each program, and without what is said for terminals only."""
    lines, mark, skipping, count, terminal = [], None, False, 0, False
    for line in page.lines:
        found = re.match(r'\.\\" @(picture|example|diff|output|terminal|end)\b'
                         r" ?(\w*)", line)
        if found and found[1] in ("terminal", "end"):
            terminal = found[1] == "terminal"
        elif found and found[1] == "picture":
            mark = "@picture " + found[2]
        elif found:
            mark, count = "@listing %d" % count, count + 1
        if skipping and line == ".Ed":
            lines += [] if terminal else [mark]
            mark, skipping = None, False
        if not skipping and not terminal:
            lines.append(line)
        if mark and line.startswith(".Bd"):
            skipping = True
    return "\n".join(lines) + "\n"


def listings(page):
    """Each display of a program, a difference or an output as HTML."""
    programs = {program.name: program for program in programs_of(page)}
    for kind, name, options, text in page.displays():
        if kind == "output":
            yield listing.code(text, "")
        elif kind == "example":
            language = "c" if name.endswith((".c", ".cc")) else ""
            yield listing.figure(name, listing.code(text, language))
        else:
            yield listing.step(name, options["of"], programs[name].text, text)


def by_mandoc(page):
    done = subprocess.run(
        ["mandoc", "-Thtml", "-Ofragment,man=%N.%S.html"],
        input=source(page), capture_output=True, text=True, check=True)
    return done.stdout


def without_anchors(text):
    """Only headings keep their anchors."""
    text = re.sub(r'<a class="permalink" href="[^"]*">'
                  r'(<(code|var|b|i|span)\b.*?</\2>)</a>', r"\1", text,
                  flags=re.S)
    text = re.sub(r'<(dt|code|var|b|i|span|p|pre|dd)\b([^>]*) id="[^"]*"',
                  r"<\1\2", text)
    return re.sub(r'(<h\d[^>]*>)<a class="permalink"[^>]*>(.*?)</a>',
                  r"\1\2", text, flags=re.S)


def display(text):
    """A display that no mark precedes."""
    plain = html.unescape(text)
    return text if "<" in text else listing.code(plain,
                                                 listing.language(plain))


def without(text, heading):
    """A section is left out."""
    return re.sub(r'<h2 [^>]*id="%s">.*?(?=<h2|\Z)' % heading, "", text,
                  flags=re.S)


def tidy(text, shown):
    text = re.sub(r'<table class="(head|foot)">.*?</table>', "", text,
                  flags=re.S)
    text = re.sub(r'<div class="manual-text">(.*)</div>', r"\1", text,
                  flags=re.S)
    text = re.sub(r"</?section[^>]*>", "", text)
    text = without_anchors(text)
    text = re.sub(r"<(/?)h(\d)", lambda m: "<%sh%d" % (m[1], int(m[2]) + 1),
                  text)
    text = re.sub(r' style="[^"]*"', "", text)
    text = re.sub(r'<a class="In">(.*?)</a>', r"\1", text)
    text = re.sub(r'<p class="Pp">\s*<br/>', '<p class="Pp">', text)
    text = re.sub(r'(<p class="Pp">[^<]+)<br/>\s*(?=<var class="Ft">)',
                  r'\1</p>\n<p class="Pp">', text)
    text = re.sub(r'<p class="Pp">(?=\s*<var class="Ft">)',
                  '<p class="proto">', text)
    text = re.sub(r"<pre>@picture (\w+)</pre>",
                  lambda m: "<figure>%s</figure>" % picture(m[1]), text)
    text = re.sub(r"<pre>@listing (\d+)</pre>",
                  lambda m: "<!--%s-->" % m[1], text)
    text = re.sub(r"<pre>(.*?)</pre>", lambda m: display(m[1]), text,
                  flags=re.S)
    text = re.sub(r'<div class="Bd[^>]*>\s*<code class="Li">([^<]*)</code>',
                  lambda m: '<div class="Bd">' + display(
                      " ".join(m[1].split())), text)
    text = re.sub(r"<!--(\d+)-->", lambda m: shown[int(m[1])], text)
    text = re.sub(r"(<table.*?</table>)",
                  r'<div class="wide" tabindex="0">\1</div>', text, flags=re.S)
    text = without(without(text, "NAME"), "LIBRARY")
    return text.strip() + "\n"


class Text:
    """What is one file of the manual: HTML without the frame around it. Its
    date is None if it has none of its own."""

    def __init__(self, file, title, summary, text):
        self.file, self.title, self.summary = file, title, summary
        self.text, self.date, self.anchors = text, None, {}
        self.borrowed = ()  # anchors of sections that are of other pages

    def headings(self):
        """(anchor, words, level) of each heading."""
        return [(html.unescape(anchor), " ".join(words(text).split()), level)
                for level, anchor, text in re.findall(
                    r'<h(\d) [^>]*id="([^"]*)"[^>]*>(.*?)</h\d>',
                    self.text, flags=re.S)]

    def section(self, anchor):
        """What stands under a heading, up to the next one; before the first,
        if there is no anchor."""
        head = r'<h\d [^>]*id="%s".*?</h\d>' % re.escape(anchor)
        found = re.search((head if anchor else r"\A") + r"(.*?)(?=<h\d|\Z)",
                          self.text, flags=re.S)
        return found[1]


class Html(Text):
    """A rendered page, the anchors of its names and its headings."""

    def __init__(self, page):
        super().__init__(page.file + ".html",
                         "%s(%s)" % (page.title, page.section),
                         page.summary(),
                         tidy(by_mandoc(page), list(listings(page))))
        self.page, self.date = page, page.lines[0].split(" ", 1)[1]
        self.anchors = {}  # name: anchor, "" for the page itself
        self.entries = []  # names of list items that are no public names
        self.ids = set(re.findall(r' id="([^"]*)"', self.text))
        self.anchor_items()
        for name in page.names():
            if name not in self.anchors:
                self.anchors[name] = "" if name == page.title \
                    else self.anchor_elsewhere(name)

    def free(self, name):
        if name in self.ids:
            return False
        self.ids.add(name)
        return True

    def anchor_items(self):
        """An anchor for each name in front of an item of a list."""
        def item(match):
            return "<dt>%s</dt>" % re.sub(CODE, name, match[1])

        def name(match):
            tag, kind, rest, text = match.groups()
            first = re.match(IDENTIFIER, text)
            if kind in ("Xr", "Fa") or not first or not self.free(first[0]):
                return match[0]
            self.anchors[first[0]] = first[0]
            self.entries.append(first[0])
            return '<%s class="%s" id="%s"%s>%s</%s>' % (
                tag, kind, first[0], rest, text, tag)

        self.text = re.sub(r"<dt>(.*?)</dt>", item, self.text, flags=re.S)

    def anchor_elsewhere(self, name):
        """A heading about the name, else the first place that marks it up."""
        for anchor, heading, _ in self.headings():
            if name in re.findall(IDENTIFIER, heading):
                return anchor
        body = self.text.find('id="DESCRIPTION"')
        marked = re.compile(r'(<(?:code|var) class="\w+")(>(?:[^<]*[\s,])?%s\b)'
                            % re.escape(name))
        found = marked.search(self.text, body)
        anchor = name.replace(" ", "_")
        if not found or not self.free(anchor):
            return ""
        self.text = self.text[:found.start()] + '%s id="%s"%s' % (
            found[1], anchor, found[2]) + self.text[found.end():]
        return anchor


def words(text):
    return html.unescape(re.sub(r"<[^>]*>", "", text))


def link(target, anchor=""):
    """A reference; a file that has a colon in its name must not look like the
    scheme of a URL."""
    return "./" * (":" in target) + target + ("#" + anchor if anchor else "")
