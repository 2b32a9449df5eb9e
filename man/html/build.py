"""Makes the manual as HTML: the pages, an index, a page that redirects for
each link page, and the list that search.js looks names up in.

Usage: build.py DIRECTORY
"""

import glob
import html
import json
import os
import re
import shutil
import sys

from render import HERE, Html, link, pages, words

FRAME = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<link rel="stylesheet" href="ev.css">
<script src="names.js" defer></script>
<script src="search.js" defer></script>
</head>
<body>
<header>
<a class="home" href="index.html">relev</a>
<form role="search" action="index.html">
<input type="search" name="q" id="q" placeholder="Search names and questions"
 aria-label="Search" autocomplete="off" spellcheck="false">
<ol id="found" hidden></ol>
</form>
</header>
{body}
</body>
</html>
"""
COMMON = ("Thread safety", "Cost")  # headings that are on every page
REDIRECT = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<title>{name}</title>
<meta http-equiv="refresh" content="0; url={url}">
<link rel="canonical" href="{url}">
<p><a href="{url}">{name}</a></p>
</html>
"""


class Book:
    def __init__(self):
        self.htmls = [Html(page) for page in pages.real_pages()]
        self.by_file = {page.file: page for page in self.htmls}
        self.where = {}  # name: its URL; functions before guides
        for page in sorted(self.htmls, key=lambda page: page.page.section):
            for name in page.page.names():
                self.where.setdefault(
                    name, link(page.file, page.anchors[name]))
        for name in self.by_file["ev_config.7.html"].entries:
            if name.isupper():
                self.where.setdefault(name, link("ev_config.7.html", name))
        self.others = {}  # reference of a link page: its URL
        for page in pages.all_pages():
            if page.link:
                target = self.by_file[os.path.basename(page.link) + ".html"]
                self.others[page.file + ".html"] = link(
                    target.file, target.anchors[page.title])

    def url(self, file):
        """Where a reference leads: to no page but ours."""
        return file if file in self.by_file else self.others.get(file)

    def linked(self, page):
        """References lead to sections, and so does each mention of a name."""
        def reference(match):
            url = self.url(html.unescape(match[1]))
            return '<%s class="Xr"%s>%s</%s>' % (
                *(("a", ' href="%s"' % url) if url else ("span", "")),
                match[2], "a" if url else "span")

        def mention(match):
            kind, identity, name = match.groups()
            own = page.anchors.get(name)
            url = "#" + own if own else self.where.get(name)
            if not url or url == page.file:
                return match[0]
            return '<a class="name"%s href="%s">%s</a>' % (
                identity or "", url,
                '<code class="%s">%s</code>' % (kind, name))

        text = re.sub(r'<a class="Xr" href="([^"]*)">(.*?)</a>', reference,
                      page.text)
        return re.sub(r'<(?:code|var) class="(Nm|Fn|Dv|Vt)"( id="[^"]*")?>'
                      r'([\w:+]+)</(?:code|var)>', mention, text)

    def render(self, page):
        contents = []
        for anchor, heading, level in page.headings():
            contents.append('<li class="h%s"><a href="#%s">%s</a></li>' % (
                level, html.escape(anchor), html.escape(heading)))
        body = ('<div class="page">\n<nav aria-label="On this page"><ul>\n%s\n'
                "</ul></nav>\n<main>\n<h1>%s<small>(%s)</small></h1>\n"
                '<p class="summary">%s</p>\n%s</main>\n</div>' % (
                    "\n".join(contents), page.page.title, page.page.section,
                    html.escape(page.page.summary()), self.linked(page)))
        title = "%s(%s)" % (page.page.title, page.page.section)
        return FRAME.format(title=title + " \u2013 relev", body=body)

    def names(self):
        """For the search: what is found, where it is, and what it is."""
        rows = []
        for name, url in sorted(self.where.items()):
            page = self.by_file[self.file_of(url)].page
            rows.append((name, url, "%s(%s): %s" % (
                page.title, page.section, page.summary())))
        for page in self.htmls:
            title = "%s(%s)" % (page.page.title, page.page.section)
            rows += [(name, link(page.file, page.anchors[name]), "in " + title)
                     for name in page.entries if name not in self.where]
            rows += [(heading, link(page.file, anchor), "in " + title)
                     for anchor, heading, level in page.headings()
                     if level == "3" and heading not in COMMON]
        for question in pages.questions():
            page = self.by_file["%s.%s.html" % question[1:3]]
            anchor = [anchor for anchor, heading, _ in page.headings()
                      if heading == question[3]]
            rows.append((question[0], link(page.file, anchor[0]),
                         "%s(%s)" % question[1:3]))
        return rows

    @staticmethod
    def file_of(url):
        return url.removeprefix("./").split("#")[0]

    def index(self):
        front = self.by_file["ev.3.html"]
        group, groups = [], []
        lists = re.findall(r"<dt>(.*?)</dt>\s*<dd>(.*?)</dd>",
                           self.linked_part(front, "Pages of the functions"),
                           flags=re.S)
        for name, text in lists:
            if "<a" not in name:
                group = []
                groups.append((words(name), group))
            else:
                group.append("<dt>%s</dt><dd>%s</dd>" % (name, text))
        body = "\n".join('<section><h2>%s</h2><dl>%s</dl></section>' % (
            name.capitalize(), "\n".join(rows)) for name, rows in groups)
        names = "\n".join('<li><a href="%s"><code>%s</code></a></li>' % (
            url, name) for name, url in sorted(
                self.where.items(), key=lambda row: row[0].lower()))
        with open(os.path.join(HERE, "index.html")) as file:
            text = file.read()
        text = text.replace("@pages@", body).replace("@names@", names) \
            .replace("@which@", self.linked_part(front,
                                                 "Which watcher to take"))
        return FRAME.format(title="relev: the manual", body=text)

    def linked_part(self, page, heading):
        whole, page.text = page.text, page.section(heading)
        part = self.linked(page)
        page.text = whole
        return re.sub(r' id="[^"]*"', "", part).replace(
            'href="#', 'href="%s#' % page.file)

    def write(self, directory):
        def put(name, text):
            with open(os.path.join(directory, name), "w") as file:
                file.write(text)

        for page in self.htmls:
            put(page.file, self.render(page))
        for file, url in self.others.items():
            put(file, REDIRECT.format(name=html.escape(file[:-7]), url=url))
        put("index.html", self.index())
        put("names.js", "const names = %s;\n" % json.dumps(
            self.names(), ensure_ascii=False, indent=0))
        for name in ("ev.css", "search.js"):
            shutil.copy(os.path.join(HERE, name), directory)


def main():
    directory = sys.argv[1]
    book = Book()
    os.makedirs(directory, exist_ok=True)
    for old in glob.glob(os.path.join(directory, "*.html")):
        os.remove(old)
    book.write(directory)


if __name__ == "__main__":
    main()
