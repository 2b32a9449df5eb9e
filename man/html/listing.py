"""Program text as HTML: colored, with references, and what is new in it.

A name of the library becomes <a class="name">NAME</a>; Book gives it its
reference. The colors are found here and not by a library, so that a page is
the same wherever it is made."""

import html
import re

KEYWORDS = set("""
auto bool break case catch char class const constexpr const_cast continue
default delete do double else enum explicit extern false final float for friend
goto if inline int long namespace new noexcept nullptr operator override
private protected public reinterpret_cast return short signed sizeof static
static_cast struct switch template this thread_local throw true try typedef
typename union unsigned using virtual void volatile while
""".split())
TOKEN = re.compile(r"""
    (?P<c>/\*.*?\*/|//[^\n]*)
  | (?P<s>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
  | (?P<p>^[ \t]*\#[ \t]*\w+(?:[ \t]*<[^>\n]*>)?)
  | (?P<n>\b\d[\w.]*)
  | (?P<w>struct\ ev_loop\b|[A-Za-z_]\w*(?:::\w+)*)
""", re.S | re.M | re.X)
NAME = re.compile(r"struct ev_loop|(ev|EV|relev|RELEV)(_|::|[A-Z])|event_|"
                  r"evtimer_|evsignal_|signal_")
COMMANDS = re.compile(r"(\$ |[A-Z_]+=\S+ |\./|(cc|c\+\+|g\+\+|clang|make|"
                      r"cmake|meson|git|apt-get|apt|patch|man|grep|valgrind|"
                      r"strace|gdb|perf|cd|sudo|ldconfig)\s)", re.M)
PROGRAM = re.compile(r"[;{]\s*(/\*.*\*/|//.*)?$|^#\s*(include|define|if)",
                     re.M)


def language(text):
    """A guess, for text that nothing is known of: c, sh, or none."""
    if COMMANDS.match(text):
        return "sh"
    return "c" if PROGRAM.search(text) else ""


def language_of(file):
    return "c" if re.search(r"\.(c|cc|cpp|h|hh)$", file) else "sh"


def span(kind, text):
    """A colored token; no mark reaches over the end of a line."""
    return "\n".join('<span class="%s">%s</span>' % (kind, line) if line else ""
                     for line in html.escape(text, quote=False).split("\n"))


def colored(text):
    """C or C++."""
    result, at = [], 0
    for token in TOKEN.finditer(text):
        result.append(html.escape(text[at:token.start()], quote=False))
        at, word = token.end(), token[0]
        if token.lastgroup != "w":
            result.append(span(token.lastgroup, word))
        elif word in KEYWORDS:
            result.append(span("k", word))
        elif NAME.match(word):
            result.append('<a class="name">%s</a>' % word)
        else:
            result.append(word)
    return "".join(result) + html.escape(text[at:], quote=False)


def shell(text):
    """Commands; what stands after a # stands back."""
    parts = re.split(r"((?:^|(?<=\s))#[^\n]*)", text)
    return "".join(span("c", part) if at % 2 else
                   html.escape(part, quote=False)
                   for at, part in enumerate(parts))


def code(text, kind):
    """An element pre, in a box that has room for a button."""
    text = text.rstrip("\n")
    painted = {"c": colored, "sh": shell}.get(kind, html.escape)(text)
    return boxed(painted, kind)


def boxed(painted, kind):
    return '<div class="code %s"><pre>%s</pre></div>' % (kind or "text",
                                                         painted)


def difference(text):
    """What goes and what comes."""
    kinds = {"+": "ins", "-": "del"}
    lines = html.escape(text.removesuffix("\n"), quote=False).split("\n")
    return boxed("\n".join(
        "<{0}>{1}</{0}>".format(kinds[line[0]], line)
        if line[:1] in kinds else line for line in lines), "diff")


def new_lines(diff):
    """The numbers of the lines that a difference adds, from 0."""
    at = 0
    for line in diff.split("\n"):
        if line.startswith("@@"):
            at = int(re.search(r"\+(\d+)", line)[1]) - 1
        elif line.startswith("+"):
            yield at
            at += 1
        elif not line.startswith("-"):
            at += 1


def figure(name, text, rest="", note=""):
    """A program with its name."""
    return ('<figure class="listing" id="program-%s">'
            "<figcaption>%s</figcaption>%s%s</figure>"
            % (name, name + note, text, rest))


def step(name, of, text, diff):
    """A whole program, the lines that are new marked, and the difference from
    the one before on demand."""
    new = set(new_lines(diff))
    painted = "\n".join(
        "<ins>%s</ins>" % line if number in new else line
        for number, line in enumerate(colored(text.rstrip("\n")).split("\n")))
    return figure(name, boxed(painted, "c"),
                  "<details><summary>Only the difference from %s</summary>%s"
                  "</details>" % (of, difference(diff)),
                  " <small>the lines that are new are marked</small>")
