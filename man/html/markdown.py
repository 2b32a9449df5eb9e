"""The Markdown of this project's files as HTML, by markdown-it. A reference
like ev_run(3) and the path of a file that the manual has become references;
Book resolves the former. The title is left out: the frame has it."""

import html
import re

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML

import listing

LANGUAGES = {"": "", "c": "c", "c++": "c", "sh": "sh"}


def anchor(heading):
    return re.sub(r"\W+", "_", heading).strip("_")


class Renderer(RendererHTML):
    """The methods are the rules of markdown-it, by the names of its tokens."""

    def fence(self, tokens, at, options, env):
        language = LANGUAGES[tokens[at].info]
        return listing.code(tokens[at].content.rstrip("\n"), language)

    def code_block(self, tokens, at, options, env):
        text = tokens[at].content.strip("\n")
        return listing.code(text, listing.language(text))

    def code_inline(self, tokens, at, options, env):
        text = tokens[at].content
        url = env["urls"].get(text)
        if url:
            return '<a href="%s"><code>%s</code></a>' % (url, text)
        kind = "Fn" if listing.NAME.match(text) else "file"
        return '<code class="%s">%s</code>' % (
            kind, html.escape(text, quote=False))

    def text(self, tokens, at, options, env):
        return re.sub(r"\b((?:rel)?ev\w*(?:\+\+)?)\((\d)\)",
                      r'<a class="Xr" href="\1.\2.html">\1(\2)</a>',
                      html.escape(tokens[at].content, quote=False))

    def image(self, tokens, at, options, env):
        return '<img alt="%s" src="%s">' % (
            tokens[at].content, env["urls"][tokens[at].attrs["src"]])

    def html_block(self, tokens, at, options, env):
        return ""  # a comment

    def table_open(self, tokens, at, options, env):
        return '<div class="wide" tabindex="0"><table>'

    def table_close(self, tokens, at, options, env):
        return "</table></div>\n"


class Markdown:
    """urls: path of a file: where the manual has it."""

    def __init__(self, urls):
        self.urls = urls
        self.parser = MarkdownIt(renderer_cls=Renderer).enable("table")

    def html(self, text):
        tokens = self.parser.parse(text)
        for at, token in enumerate(tokens):
            if token.type == "heading_open":
                if token.tag == "h1":
                    tokens[at + 1].children = []
                    token.hidden = tokens[at + 2].hidden = True
                else:
                    token.attrSet("id", anchor(tokens[at + 1].content))
            for child in token.children or []:
                self.link(child, token.children)
        return self.parser.renderer.render(tokens, self.parser.options,
                                           {"urls": self.urls})

    def link(self, token, among):
        """What the manual does not have is no link."""
        if token.type == "link_open":
            url = self.urls.get(token.attrs["href"])
            token.hidden = not url
            among[among.index(token):][[
                t.type for t in among[among.index(token):]
            ].index("link_close")].hidden = not url
            if url:
                token.attrSet("href", url)


def sections(text):
    """Heading: what stands under it, for each of the second level; what comes
    before the first is under an empty one."""
    parts = re.split(r"^## (.*)\n", text, flags=re.M)
    return {"": re.sub(r"\A# .*\n", "", parts[0]),
            **dict(zip(parts[1::2], parts[2::2]))}
