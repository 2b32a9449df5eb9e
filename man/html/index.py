"""What the search looks through: text.js, which has the words of every
section, and names.js, which has every name."""

import json
import re

from render import link, words

COMMON = ("Thread safety", "Cost")  # headings that are on every page


def plain(text):
    """The words of some HTML, without pictures and what is shown twice."""
    text = re.sub(r"<(svg|details)\b.*?</\1>", " ", text, flags=re.S)
    return " ".join(words(re.sub(r"(</?(?:p|li|dt|dd|td|pre|br|figcaption)\b)",
                                 r" \1", text)).split())


def parts(leaf, questions):
    """(heading, URL, questions, words) of each section of a page, except what
    it takes from others."""
    for anchor, heading, _ in [("", "", "2")] + leaf.headings():
        text = plain(leaf.section(anchor))
        asked = questions.get((leaf.file, anchor), [])
        if text and heading != "SEE ALSO" and anchor not in leaf.borrowed:
            yield heading, link(leaf.file, anchor), asked, text


def script(book, leaves):
    """[title, summary, sections] of each page."""
    questions = {}
    for question, page, anchor in book.questions():
        questions.setdefault((page.file, anchor), []).append(question)
    rows = [(leaf.title, leaf.summary, list(parts(leaf, questions)))
            for leaf in leaves]
    return constant("texts", rows) + constant("common", COMMON)


def constant(name, value):
    return "const %s = %s;\n" % (name, json.dumps(
        value, ensure_ascii=False, indent=0))
