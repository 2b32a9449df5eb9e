"""What the manual for a browser has besides the pages: the front page, the
lists of pages and names, questions, examples, and the project's own files."""

import html
import os
import re

import listing
from markdown import Markdown, sections
from render import HERE, Text, pages, programs_of

# Files of the project, and what they are called here.
FILES = {
    "bench/README.md": ("benchmarks.html", "Benchmarks",
                        "how fast it is, and how that was measured"),
    "CHANGES.md": ("changes.html", "Changes", "what each version has new"),
    "SECURITY.md": ("security.html", "Security",
                    "how to report a vulnerability, and what is defended"),
    "CONTRIBUTING.md": ("contributing.html", "Contributing",
                        "the source tree, its rules, its tests"),
}
PICTURES = ["bench/summary.svg", "bench/growth.svg"]
INTRO = re.compile(r"\A(?:/\* ?(.*?)\*/|(?://|#) ?(.*?)\n(?!//|#))", re.S)


class Leaves:
    def __init__(self, book):
        self.book = book
        self.examples = list(examples())
        self.urls = {file: row[0] for file, row in FILES.items()}
        self.urls.update({"examples/": "examples.html", "README.md":
                          "index.html"})
        for path in PICTURES:
            name = os.path.basename(path)
            self.urls.update({path: name, name: name})
        for page in book.htmls:
            self.urls["man/" + page.page.file] = page.file
        for leaf in self.examples:
            self.urls[leaf.title] = leaf.file
        self.markdown = Markdown(self.urls).html

    def files(self):
        for path, (file, title, summary) in FILES.items():
            leaf = Text(file, title, summary, self.markdown(pages.read(path)))
            yield leaf

    def manual(self):
        """All pages, and all names."""
        groups = "\n".join(
            '<h2 id="%s">%s</h2>\n<dl>%s</dl>' % (
                name.replace(" ", "_"), name.capitalize(),
                "\n".join("<dt>%s</dt><dd>%s</dd>" % row for row in rows))
            for name, rows in self.book.groups())
        names = "\n".join('<li><a href="%s"><code>%s</code></a></li>' % (
            url, name) for name, url in sorted(
                self.book.where.items(), key=lambda row: row[0].lower()))
        return Text("manual.html", "All pages", "every page, and every name",
                    '<div class="groups">%s</div><h2 id="names">Every name'
                    '</h2><ul class="names">%s</ul>' % (groups, names))

    def questions(self):
        """Each with its answer on demand, below the page that has it."""
        below = {}
        for question, page, anchor in self.book.questions():
            below.setdefault(page, []).append((question, anchor))
        text = []
        for page in filter(below.get, self.book.in_order()):
            text.append('<h2 id="%s">%s</h2><p class="faint">%s</p>' % (
                page.page.title, page.title, html.escape(page.summary)))
            text += [self.answer(page, *row) for row in below[page]]
        return Text("questions.html", "Questions", "%d questions that are "
                    "often asked, and their answers" % sum(
                        map(len, below.values())), "\n".join(text))

    def answer(self, page, question, anchor):
        heading = next(words for at, words, _ in page.headings()
                       if at == anchor)
        return ('<details class="question"><summary>%s</summary>%s<p>From '
                '<a href="%s#%s">%s: %s</a></p></details>' % (
                    re.sub(r"`(.*?)`", r"<code>\1</code>",
                           html.escape(question, quote=False)),
                    self.book.part(page, anchor), page.file,
                    html.escape(anchor), page.title, html.escape(heading)))

    def example_list(self):
        rows = "\n".join('<dt><a href="%s">%s</a></dt><dd>%s</dd>' % (
            leaf.file, leaf.title, html.escape(leaf.summary))
                         for leaf in self.examples)
        in_pages = []
        for page in self.book.in_order():
            programs = ", ".join(
                '<a href="%s#program-%s"><code>%s</code></a>' % (
                    page.file, program.name, program.name)
                for program in programs_of(page.page)
                if 'id="program-%s"' % program.name in page.text)
            if programs:
                in_pages.append('<dt>%s</dt><dd>%s: %s</dd>' % (
                    programs, page.title, html.escape(page.summary)))
        return Text("examples.html", "Examples", "programs to start from",
                    "<p>These are in the directory <code>examples</code> of "
                    'the sources.</p><dl class="rows">%s</dl>'
                    '<h2 id="in_pages">Programs in the pages</h2>'
                    "<p>Short ones: each is whole, and compiles as it is.</p>"
                    '<dl class="rows">%s</dl>' % (
                        rows, "\n".join(in_pages)))

    def front(self, version):
        with open(os.path.join(HERE, "index.html")) as file:
            text = file.read()
        readme = sections(pages.read("README.md"))
        changes = sections(pages.read("CHANGES.md"))
        newest = list(changes)[1]

        def put(match):
            if match[1] not in readme:
                raise SystemExit("README.md: no section %s, which "
                                 "man/html/index.html shows" % match[1])
            return self.markdown(readme[match[1]])

        text = re.sub(r"@README ?(.*)@", put, text)
        text = text.replace("@version@", version).replace(
            "@changes@", "<h3>%s</h3>" % html.escape(newest)
            + self.markdown(changes[newest].split("\n\n")[0]))
        leaf = Text("index.html", "relev", "", text)
        leaf.borrowed = "which", "changes"
        leaf.text = self.book.linked(leaf).replace(
            "@which@", self.book.part(self.book.by_file["ev.3.html"],
                                      "Which_watcher_to_take"))
        return leaf


def introduction(text):
    """What the comment at the beginning of a file says, in paragraphs."""
    match = INTRO.match(text)
    said = re.sub(r"^(?: \*|//|#)(?: |$)", "", match[1] or match[2],
                  flags=re.M)
    return [" ".join(part.split()) for part in said.split("\n\n")]


def example(title, files):
    """One program, or several files that belong together."""
    first = introduction(pages.read(files[0]))[0]
    text = "".join(listing.figure(os.path.basename(file), listing.code(
        pages.read(file), listing.language_of(file))) for file in files)
    name = re.sub(r"\W+", "-", title).strip("-")
    return Text(name + ".html", title, first, text)


def with_headers(path):
    """The files of one program: itself, and the headers beside it."""
    yield path
    for file in re.findall(r'^#include "(\w+\.hpp)"', pages.read(path),
                           flags=re.M):
        yield from with_headers("examples/" + file)


def examples():
    """A leaf for each program and each directory in examples."""
    for name in sorted(os.listdir(os.path.join(pages.TOP, "examples"))):
        path = "examples/" + name
        if os.path.isdir(os.path.join(pages.TOP, path)):
            yield example(path, ["%s/%s" % (path, file) for file in sorted(
                os.listdir(os.path.join(pages.TOP, path)))])
        elif re.search(r"\.(c|cpp)$", name):
            yield example(path, list(dict.fromkeys(with_headers(path))))
