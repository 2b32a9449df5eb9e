"""The Markdown of this project's files as HTML: headings, paragraphs, lists,
tables, programs, pictures. A reference like ev_run(3) and the path of a file
that the manual has become references; Book resolves the former."""

import html
import re

import listing

LANGUAGES = {"c": "c", "cpp": "c", "sh": "sh", "cmake": "sh"}
ITEM = re.compile(r"(-|\d+\.) +")
KINDS = (  # the first that matches a block's first line
    ("fence", r"```"), ("comment", r"<!--"), ("heading", r"#+ "),
    ("table", r"\|"), ("indented", r" {4}"), ("items", ITEM.pattern),
    ("text", ""))


def anchor(heading):
    return re.sub(r"\W+", "_", heading).strip("_")


def goes_on(kind, lines, at):
    """Whether the line belongs to the block that has begun before it."""
    line, after = lines[at], (lines + [""])[at + 1]
    if kind == "table":
        return line.startswith("|")
    if kind == "text":
        return line and not re.match(r"```|#+ |\|", line)
    if kind == "items":
        return line or after.startswith("  ") or ITEM.match(after)
    if kind == "indented":
        return line.startswith("    ") or after.startswith("    ")
    return False


def blocks(text):
    """(kind, lines) of each block."""
    lines, at = text.split("\n"), 0
    while at < len(lines):
        start, at = at, at + 1
        if not lines[start]:
            continue
        kind = next(kind for kind, begin in KINDS
                    if re.match(begin, lines[start]))
        if kind == "fence":
            at = lines.index("```", at) + 1
        elif kind == "comment":
            while "-->" not in lines[at - 1]:
                at += 1
        else:
            while at < len(lines) and goes_on(kind, lines, at):
                at += 1
        yield kind, lines[start:at]


class Markdown:
    """urls: path of a file: where the manual has it."""

    def __init__(self, urls):
        self.urls = urls

    def html(self, text):
        return "\n".join(getattr(self, kind)(lines)
                         for kind, lines in blocks(text))

    @staticmethod
    def fence(lines):
        return listing.code("\n".join(lines[1:-1]),
                            LANGUAGES.get(lines[0][3:], ""))

    @staticmethod
    def comment(_):
        return ""

    def heading(self, lines):
        marks, words = lines[0].split(" ", 1)
        if len(marks) == 1:
            return ""
        return '<h%d id="%s">%s</h%d>' % (
            len(marks), anchor(words), self.inline(words), len(marks))

    def table(self, lines):
        rows = [line.strip().strip("|").split("|") for line in lines
                if not re.fullmatch(r"[-:| ]*-[-:| ]*", line)]
        return '<div class="wide" tabindex="0"><table>%s</table></div>' \
            % "\n".join("<tr>%s</tr>" % "".join(
                "<td>%s</td>" % self.inline(cell.strip()) for cell in row)
                        for row in rows)

    @staticmethod
    def indented(lines):
        text = "\n".join(line[4:] for line in lines).strip("\n")
        return listing.code(text, listing.language(text))

    def items(self, lines):
        tag = "ul" if lines[0].startswith("-") else "ol"
        items = []
        for line in lines:
            start = ITEM.match(line)
            if start:
                items.append([line[start.end():]])
            else:
                items[-1].append(line.strip())
        return "<%s>\n%s\n</%s>" % (tag, "\n".join(
            "<li>%s</li>" % self.inline("\n".join(item))
            for item in items), tag)

    def text(self, lines):
        return "<p>%s</p>" % self.inline("\n".join(lines))

    def inline(self, text):
        """Code stands apart meanwhile: nothing in it is a mark."""
        codes = []

        def apart(match):
            codes.append(self.code(match[1]))
            return "\0%d\0" % (len(codes) - 1)

        text = re.sub(r"`([^`]+)`", apart, text)
        text = html.escape(text, quote=False)
        text = re.sub(r"!\[([^]]*)\]\(([^)]*)\)", self.picture, text)
        text = re.sub(r"\[([^]]*)\]\(([^)]*)\)", self.reference, text)
        text = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", text,
                      flags=re.S)
        text = re.sub(r"\b((?:rel)?ev\w*(?:\+\+)?)\((\d)\)",
                      r'<a class="Xr" href="\1.\2.html">\1(\2)</a>', text)
        return re.sub("\0(\\d+)\0", lambda m: codes[int(m[1])], text)

    def picture(self, match):
        return '<img alt="%s" src="%s">' % (match[1], self.urls[match[2]])

    def reference(self, match):
        url = self.urls.get(match[2])
        return '<a href="%s">%s</a>' % (url, match[1]) if url else match[1]

    def code(self, text):
        url = self.urls.get(text)
        if url:
            return '<a href="%s"><code>%s</code></a>' % (url, text)
        kind = "Fn" if listing.NAME.match(text) else "file"
        return '<code class="%s">%s</code>' % (kind,
                                               html.escape(text, quote=False))


def sections(text):
    """Heading: what stands under it, for each of the second level; what comes
    before the first is under an empty one."""
    parts = re.split(r"^## (.*)\n", text, flags=re.M)
    return {"": re.sub(r"\A# .*\n", "", parts[0]),
            **dict(zip(parts[1::2], parts[2::2]))}
