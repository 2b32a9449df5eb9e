"""Checks that every public name has a page, and that each page is complete.

Prints a result a line; t/man/man.sh runs it and counts them.
"""

import glob
import os
import re
import subprocess

from pages import TOP, read, real_pages, tell

SECTIONS = ["NAME", "LIBRARY", "SYNOPSIS", "DESCRIPTION", "RETURN VALUES",
            "ENVIRONMENT", "EXAMPLES", "ERRORS", "SEE ALSO", "HISTORY",
            "CAVEATS"]
SUBSECTIONS = ["Thread safety", "Cost"]
ALWAYS = ["NAME", "DESCRIPTION", "SEE ALSO"]

# Names of the headers that are no interface: guards, what is marked as private
# by underscores, and what the headers' comments call private.
PRIVATE = re.compile(r"_H$|_$|^EV__|^EV_FEATURE_|^EV_CPP$|^EV_IO_ENABLE$"
                     r"|^EVLIST_(?!INIT$)|^ev_rt_now$")
# What ev++.h has for itself, and what it uses of others.
CXX_PRIVATE = re.compile(r"^(ev_|freeze|base$|name$|what$|c_watcher$|abort$"
                         r"|cb$)|_thunk$")

# What relev.hpp has for itself beside its namespace detail.
COROUTINES_PRIVATE = re.compile(r"^(seconds_of|requires|make_error_code)$")

# Pages that so many others lead to that they need not lead back.
HUBS = ("ev", "ev_run", "ev_watcher", "ev_loop_new")

WORDS = {
    "ev.h": r"\b(?:ev_[a-z_0-9]+|EV[A-Z]*_[A-Z_0-9a-z]+)\b",
    "event.h": r"\b(?:event_[a-z_]+|(?:evtimer|timeout|signal)_[a-z]+"
               r"|E[vV][A-Z]*_[A-Z_]+)\b",
    "relev.h": r"\b(?:relev_[a-z_]+|(?:EV_)?RELEV_[A-Z_]+)\b",
}


def without_comments(text):
    text = re.sub(r"/\*.*?\*/", " ", text, flags=re.S)
    return re.sub(r"//.*", " ", text)


def header_names(name):
    code = without_comments(read(name))
    code = re.sub(r'#\s*(include|error).*|"[^"\n]*"', " ", code)
    return {word for word in re.findall(WORDS[name], code)
            if not PRIVATE.search(word)}


def cxx_names():
    """The classes, functions, types and constants of ev++.h."""
    code = without_comments(read("ev++.h"))
    code = re.sub(r"^#.*?(?<!\\)$", "", code, flags=re.M | re.S)
    found = re.findall(r"\b(?:struct|enum) (\w+)\s*[:{]", code)
    found += re.findall(r"\b([a-z]\w*[a-z])\s*\(", code)
    found += re.findall(r"^\s+([A-Z]\w+) =", code, flags=re.M)
    return {name for name in found if not CXX_PRIVATE.search(name)}


def coroutine_parts():
    return sorted(glob.glob(TOP + "/relevpp/*.hpp")
                  + glob.glob(TOP + "/relevpp/net/*.hpp"))


def coroutine_names():
    """The classes, functions and constants of relev.hpp, but its details."""
    parts = "\n".join(read(os.path.relpath(part, TOP))
                      for part in coroutine_parts())
    code = without_comments(re.sub(
        r"^namespace (relev( \{ namespace |::))?detail \{.*?^\}"
        r"  // namespace (relev::)?detail$", "",
        parts, flags=re.M | re.S))
    found = re.findall(r"^(?:enum )?(?:class|struct) (?:\[\[\w+\]\] )?(\w+)",
                       code, flags=re.M)
    found += re.findall(r"^(?:inline|constexpr|\[\[nodiscard\]\]|template"
                        r"|requires)[^;{=]*? ([a-z]\w*)\(", code, flags=re.M)
    return {name for name in found if not COROUTINES_PRIVATE.search(name)}


def exported():
    lists = ("Symbols.ev", "Symbols.event", "packaging/Symbols.relev")
    return {name for part in lists for name in read(part).split()}


class Book:
    def __init__(self):
        self.pages = real_pages()
        self.by_title = {(p.title, p.section): p for p in self.pages}
        self.owner = {}
        for page in self.pages:
            for name in page.names():
                self.owner.setdefault(name, []).append(page)
        config = [p for p in self.pages if p.title == "ev_config"]
        self.config = set(re.findall(r"\bEV_\w+",
                                     "\n".join(config[0].lines)))

    def page_of(self, reference):
        if reference in self.by_title:
            return self.by_title[reference]
        owners = [page for page in self.owner.get(reference[0], [])
                  if page.section == reference[1]]
        return owners[0] if owners else None


def members(header):
    """(structure, member) of each that is not private."""
    for name, body in re.findall(r"struct (ev\w+) \{(.*?)\n\}", read(header),
                                 flags=re.S):
        body = re.sub(r"union \{.*?\}[^\n]*", "", body, flags=re.S)
        body = re.sub(r"[^\n]*private, as all.*", "", body, flags=re.S)
        body = re.sub(r"^.*private.*$", "", body, flags=re.M)
        for line in without_comments(body).split(";"):
            found = re.search(r"\(\*(\w+)\)|(\w+)\s*$", line)
            if found and " " in line.strip():
                yield name, found[1] or found[2]


def missing_members(book):
    for header in WORDS:
        for name, member in members(header):
            page = book.page_of((name, "3")) or \
                book.page_of(("ev_libevent", "3"))
            if not any(re.match(r"\.(It )?Va .*\b%s\b" % member, line)
                       for line in page.lines):
                yield "%s: no member %s" % (page.file, member)


def missing_names(book):
    known = set(book.owner) | book.config
    for header in WORDS:
        tell("every name of %s has a page" % header,
             sorted(header_names(header) - known))
    tell("every exported symbol has a page",
         sorted(exported() - set(book.owner)))
    tell("every member of a structure is on its page", missing_members(book))
    cxx = [p for p in book.pages if p.title == "ev++"][0]
    words = set(re.findall(r"\w+", "\n".join(cxx.lines)))
    tell("every name of ev++.h is in ev++(3)", sorted(cxx_names() - words))
    words = {word for page in book.pages if page.title.startswith("relev")
             for word in re.findall(r"\w+", "\n".join(page.lines))}
    tell("every name of relev.hpp has a page",
         sorted(coroutine_names() - words))


def untried_symbols(book):
    """Symbols of ev_config(7) that no configuration of the matrix has."""
    page = book.by_title["ev_config", "7"]
    items = "\n".join(page.part("DESCRIPTION"))
    items = re.findall(r"^\.It Dv [^\n]*|^\.It Xo$.*?^\.Xc$", items,
                       flags=re.M | re.S)
    symbols = set(re.findall(r"\b(?:EV_\w+|NDEBUG)", "\n".join(items)))
    matrix = [read(os.path.relpath(file, TOP))
              for file in glob.glob(TOP + "/t/nets/matrix/*")]
    matrix += [read("t/nets/matrix/check.sh"), subprocess.run(
        ["bash", TOP + "/t/nets/matrix/check.sh", "--list"],
        capture_output=True,
        text=True, check=True).stdout]
    return sorted(symbols - set(re.findall(r"(?<!\w)(?:-D)?(\w+)",
                                           "\n".join(matrix))))


def unknown_names(book):
    """Names that pages promise and no header has."""
    parts = [os.path.relpath(file, TOP)
             for file in coroutine_parts()]
    headers = "\n".join(map(read, [*WORDS, "ev++.h", *parts]))
    words = set(re.findall(r"\w+", without_comments(headers)))
    titles = {page.title for page in book.pages}
    wrong = [name + " in " + owners[0].file
             for name, owners in book.owner.items()
             if name.split("::")[-1] not in words and name not in titles]
    tell("every name of a page is one of a header", sorted(wrong))
    tell("no name is on two pages",
         sorted(name for name, owners in book.owner.items()
                if len({owner.section for owner in owners}) < len(owners)))


def complaints_about_sections(page):
    have = page.headings("Sh")
    wanted = SECTIONS if page.section == "3" else ALWAYS
    for name in wanted:
        if name not in have:
            yield "%s: no %s" % (page.file, name)
        elif not "".join(page.part(name)).strip():
            yield "%s: nothing in %s" % (page.file, name)
    if page.section == "3":
        for name in SUBSECTIONS:
            if name not in page.headings("Ss"):
                yield "%s: no %s" % (page.file, name)
        if not any(kind == "example" for kind, *_ in page.displays()):
            yield page.file + ": no example that is run"
    if ".Os relev" not in page.lines:
        yield page.file + ": its footer names no system: .Os relev"
    if page.title != page.names()[0]:
        yield page.file + ": its first name is " + page.names()[0]
    if not 0 < len(page.summary()) < 60:
        yield page.file + ": .Nd is empty or too long"


def complaints_about_references(book, page):
    see = page.references("SEE ALSO")
    if page.title != "ev" and ("ev", "3") not in see:
        yield page.file + ": SEE ALSO does not lead to ev(3)"
    if page.title != "ev" and (page.title, page.section) not in \
            book.by_title["ev", "3"].references():
        yield "ev.3: does not lead to " + page.file
    for other in map(book.page_of, see):
        if other is page:
            yield page.file + ": SEE ALSO leads to itself"
        elif other and page.section == other.section == "3":
            back = map(book.page_of, other.references("SEE ALSO"))
            if other.title not in HUBS and page not in back:
                yield "%s leads to %s, and not back" % (page.file, other.file)


def complaints_about_names(page):
    """A name is explained, and how to write it is in the synopsis."""
    def has(lines, name):
        return re.search(r"(?<![\w:])%s(?!\w)" % re.escape(name),
                         "\n".join(lines))

    text = [line for line in page.lines
            if line not in page.part("NAME") + page.part("SYNOPSIS")]
    for name in page.names():
        if name != page.title and not has(text, name):
            yield "%s: says nothing of %s" % (page.file, name)
        if page.section == "3" and name[:3] == name[:3].lower() and \
                "::" not in name and name != page.title and \
                not has(page.part("SYNOPSIS"), name):
            yield "%s: %s is not in the synopsis" % (page.file, name)


def complaints_about_words(page):
    """Words that mdoc takes for macros: .Ss No answer shows no No."""
    for number, line in enumerate(page.lines, 1):
        if re.match(r"\.S[hs] (.* )?(No|In|At|Do|So|An) ", line) or \
                re.match(r"\.It (No|In|At|Do|So|An) (?!\S+\.h)", line):
            yield "%s:%d: write \\& before the macro: %s" % (
                page.file, number, line)


def complaints_about_guide(page):
    """A guide must lead down to the functions it explains."""
    if page.section == "7" and not any(
            section == "3" and name != "ev"
            for name, section in page.references()):
        yield page.file + ": refers to no function"


def main():
    book = Book()
    missing_names(book)
    unknown_names(book)
    tell("every symbol of ev_config(7) is tried by t/nets/matrix/check.sh",
         untried_symbols(book))
    tell("every page has its sections",
         [line for page in book.pages
          for line in complaints_about_sections(page)])
    tell("every name is explained, and in the synopsis",
         [line for page in book.pages
          for line in complaints_about_names(page)])
    tell("every page leads to ev(3) and back",
         [line for page in book.pages
          for line in complaints_about_references(book, page)])
    tell("no word of a heading is taken for a macro",
         [line for page in book.pages
          for line in complaints_about_words(page)])
    tell("every guide leads to functions",
         [line for page in book.pages
          for line in complaints_about_guide(page)])


if __name__ == "__main__":
    main()
