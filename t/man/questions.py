"""Whether man/questions.md names pages and sections that are there."""

import os
import re

from pages import MAN, real_pages, tell

AT_LEAST = 25
ROW = re.compile(r"\| (\d+) \| (.+\?.*) \| ([\w+]+)\((\d)\) \| (.+) \|$")


def complaints(rows, pages):
    for line in rows:
        row = ROW.match(line)
        if not row:
            yield "not a question, page and section: " + line
            continue
        title, section, heading = row[3], row[4], row[5]
        page = pages.get((title, section))
        if not page:
            yield "%s: no page %s(%s)" % (row[1], title, section)
        elif heading not in page.headings("Sh") + page.headings("Ss"):
            yield "%s: %s has no section %s" % (row[1], page.file, heading)


def main():
    with open(os.path.join(MAN, "questions.md")) as file:
        rows = [line.rstrip() for line in file if re.match(r"\| \d", line)]
    pages = {(page.title, page.section): page for page in real_pages()}
    tell("every question has an answer", complaints(rows, pages))
    tell("there are %d questions or more" % AT_LEAST,
         [] if len(rows) >= AT_LEAST else ["only %d" % len(rows)])


if __name__ == "__main__":
    main()
