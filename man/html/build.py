"""Makes the manual as HTML: the pages and what leads to them, a page that
redirects for each link page, and what the search looks through.

Usage: build.py DIRECTORY
"""

import glob
import html
import os
import shutil
import sys

import frame
import index
from book import Book
from leaves import PICTURES, Leaves
from render import HERE, pages

COPIED = ("ev.css", "find.js", "search.js", "site.js")


class Site:
    def __init__(self):
        self.book = Book()
        leaves = Leaves(self.book)
        first, *others = self.book.in_order()
        tutorial = self.book.by_file["ev_tutorial.7.html"]
        others.remove(tutorial)
        self.files = list(leaves.files())
        self.listed = [leaves.questions(), leaves.example_list(),
                       leaves.manual()]
        self.examples = leaves.examples
        self.sequence = [
            tutorial, *self.listed[:2], *self.examples, self.listed[2],
            first, *others, *self.files]
        self.version = frame.version()
        self.date = frame.newest(page.date for page in self.book.htmls)
        self.front = leaves.front(self.version)

    def render(self, leaf, body, turn):
        title = leaf.title + " \u2013 relev" * (leaf is not self.front)
        return frame.FRAME.format(
            title=title, menu=frame.menu(leaf.file), version=self.version,
            body=body, turn=turn, date=leaf.date or self.date)

    def pages(self):
        """(file, HTML) of each page, one after the other."""
        sequence = [None, *self.sequence, None]
        for before, leaf, after in zip(sequence, sequence[1:], sequence[2:]):
            text = leaf.text if leaf in self.listed else self.book.linked(leaf)
            yield leaf.file, self.render(leaf, frame.body(leaf, text),
                                         frame.turn(before, after))
        yield "index.html", self.render(
            self.front, '<main class="front">%s</main>' % self.front.text, "")
        for file, url in self.book.others.items():
            yield file, frame.REDIRECT.format(name=html.escape(file[:-7]),
                                              url=url)

    def write(self, directory):
        def put(name, text):
            with open(os.path.join(directory, name), "w") as file:
                file.write(text)

        for file, text in self.pages():
            put(file, text)
        put("names.js", index.constant("names", self.book.names()))
        put("text.js", index.script(
            self.book, [*self.book.in_order(), self.front, *self.files,
                        *self.examples]))
        for name in COPIED:
            shutil.copy(os.path.join(HERE, name), directory)
        for path in PICTURES:
            shutil.copy(os.path.join(pages.TOP, path), directory)


def main():
    directory = sys.argv[1]
    site = Site()
    os.makedirs(directory, exist_ok=True)
    for old in glob.glob(os.path.join(directory, "*.html")):
        os.remove(old)
    site.write(directory)


if __name__ == "__main__":
    main()
