"""Checks that the pages and sections in man/questions.md exist, and that they
can be read in about a minute."""

import re

from pages import questions, real_pages, tell

AT_LEAST = 25
WORDS = range(20, 450)


def complaints(rows, pages):
    for row in rows:
        if isinstance(row, str):
            yield "not a question, page and section: " + row
            continue
        question, title, section, heading = row
        page = pages.get((title, section))
        if not page:
            yield "%s No page %s(%s)" % (question, title, section)
        elif heading not in page.headings("Sh") + page.headings("Ss"):
            yield "%s No section %s in %s" % (question, heading, page.file)
        else:
            text = "\n".join(page.section_text(heading))
            words = len(re.findall(r"\w\w+", text))
            if words not in WORDS:
                yield "%s %d words" % (question, words)


def main():
    rows = list(questions())
    pages = {(page.title, page.section): page for page in real_pages()}
    tell("every question has an answer", complaints(rows, pages))
    tell("there are %d questions or more" % AT_LEAST,
         [] if len(rows) >= AT_LEAST else ["only %d" % len(rows)])


if __name__ == "__main__":
    main()
