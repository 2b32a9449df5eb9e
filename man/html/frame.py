"""What stands around each page: menu, search, contents, the ways to the page
before and after, version and date."""

import html
import re
from datetime import datetime

from render import pages

FRAME = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<link rel="stylesheet" href="ev.css">
<script src="names.js" defer></script>
<script src="text.js" defer></script>
<script src="find.js" defer></script>
<script src="search.js" defer></script>
<script src="site.js" defer></script>
</head>
<body>
<header>
<nav class="menu" aria-label="Menu">{menu}</nav>
<a class="home" href="index.html">relev <small>{version}</small></a>
<form role="search" action="index.html">
<input type="search" name="q" id="q" placeholder="Search the manual"
 aria-label="Search" autocomplete="off" spellcheck="false">
<ol id="found" hidden></ol>
</form>
</header>
{body}
<footer>
{turn}
<p>relev {version} · {date} · <a href="ev.3.html#BUGS">report a bug</a></p>
</footer>
</body>
</html>
"""
REDIRECT = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<title>{name}</title>
<meta http-equiv="refresh" content="0; url={url}">
<link rel="canonical" href="{url}">
<p><a href="{url}">{name}</a></p>
</html>
"""
MENU = (("ev_tutorial.7.html", "Tutorial"), ("questions.html", "Questions"),
        ("examples.html", "Examples"), ("manual.html", "Pages"),
        ("benchmarks.html", "Speed"), ("changes.html", "Changes"))


def version():
    return re.search(r"AC_INIT\(\[\w+\], \[([^]]*)\]",
                     pages.read("configure.ac"))[1]


def newest(dates):
    return max(dates, key=lambda date: datetime.strptime(date, "%B %d, %Y"))


def menu(file):
    return "\n".join('<a href="%s"%s>%s</a>' % (
        url, ' aria-current="page"' if url == file else "", name)
                     for url, name in MENU)


def contents(leaf):
    rows = ['<li class="h%s"><a href="#%s">%s</a></li>' % (
        level, html.escape(anchor), html.escape(heading))
            for anchor, heading, level in leaf.headings()]
    return '<nav class="contents" aria-label="On this page"><ul>\n%s\n' \
        "</ul></nav>" % "\n".join(rows)


def body(leaf, text):
    name, section = re.fullmatch(r"(.*?)((?:\(\d\))?)", leaf.title).groups()
    return ('<div class="page">\n%s\n<main>\n<h1%s>%s<small>%s</small></h1>\n'
            '<p class="summary">%s</p>\n%s\n</main>\n</div>' % (
                contents(leaf), ' class="mono"' if section else "", name,
                section, html.escape(leaf.summary), text))


def turn(before, after):
    """The ways to the pages before and after."""
    ways = ['<a rel="%s" href="%s">%s<small>%s</small></a>' % (
        rel, leaf.file, arrow % leaf.title, html.escape(leaf.summary))
            for rel, leaf, arrow in (("prev", before, "← %s"),
                                     ("next", after, "%s →")) if leaf]
    return '<nav class="turn" aria-label="Before and after">%s</nav>' \
        % "\n".join(ways)
