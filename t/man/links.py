"""Link pages: for each name of a page a file of that name that shows it.

  links.py           says which are missing, wrong or superfluous
  links.py --write   makes them anew
"""

import os
import re
import sys

from pages import MAN, all_pages

LINKED = re.compile(r"^(ev|EV)")


def wanted(pages):
    """File to contents. Names that differ by case only share one file, for
    file systems that do not tell them apart; small letters win."""
    real = [page for page in pages if page.link is None]
    taken = {page.file.lower() for page in real}
    links = {}
    names = {(name, page.section, page.file)
             for page in real for name in page.names() if LINKED.match(name)}
    for name, section, file in sorted(names,
                                      key=lambda n: (n[0][0].isupper(), n)):
        link = "%s.%s" % (name, section)
        if link.lower() not in taken:
            taken.add(link.lower())
            links[link] = "man%s/%s" % (section, file)
    return links


def complaints(pages):
    have = {page.file: page.link for page in pages if page.link}
    want = wanted(pages)
    for file in sorted(set(have) | set(want)):
        if have.get(file) != want.get(file):
            yield "%s: links to %s, should to %s" % (
                file, have.get(file), want.get(file))


def write():
    pages = all_pages()
    want = wanted(pages)
    for page in pages:
        if page.link and page.file not in want:
            os.remove(page.path)
    for file, target in want.items():
        with open(os.path.join(MAN, file), "w") as out:
            out.write(".so %s\n" % target)


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        write()
    else:
        print("\n".join(complaints(all_pages())))
