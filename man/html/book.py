"""The manual as a whole: its pages, where each name is, and references."""

import html
import os
import re

from render import Html, link, pages, words


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
        loops = self.by_file["ev_loop_new.3.html"]
        self.where["struct ev_loop"] = link(
            loops.file, loops.anchor_elsewhere("struct ev_loop"))
        self.others = {}  # reference of a link page: its URL
        for page in pages.all_pages():
            if page.link:
                target = self.by_file[os.path.basename(page.link) + ".html"]
                self.others[page.file + ".html"] = link(
                    target.file, target.anchors[page.title])

    def url(self, file):
        """Where a reference leads: to no page but ours."""
        return file if file in self.by_file else self.others.get(file)

    def place(self, page, name):
        """The URL of a name as it is used on a page; None for the page."""
        own = page.anchors.get(name)
        url = "#" + own if own else self.where.get(name)
        return None if url == page.file else url

    def linked(self, page, text=None):
        """References lead to sections, and so does each mention of a name."""
        def reference(match):
            url = self.url(html.unescape(match[1]))
            return '<%s class="Xr"%s>%s</%s>' % (
                *(("a", ' href="%s"' % url) if url else ("span", "")),
                match[2], "a" if url else "span")

        def mention(match):
            kind, identity, name = match.groups()
            url = self.place(page, name)
            return match[0] if not url else \
                '<a class="name"%s href="%s">%s</a>' % (
                    identity or "", url,
                    '<code class="%s">%s</code>' % (kind, name))

        def in_program(match):
            url = self.place(page, match[1])
            return match[1] if not url else \
                '<a class="name" href="%s">%s</a>' % (url, match[1])

        text = re.sub(r'<a class="Xr" href="([^"]*)">(.*?)</a>', reference,
                      page.text if text is None else text)
        text = re.sub(r'<a class="name">((?:struct )?[\w:]+)</a>',
                      in_program, text)
        return re.sub(r'<(?:code|var) class="(Nm|Fn|Dv|Vt)"( id="[^"]*")?>'
                      r'([\w:+]+)</(?:code|var)>', mention, text)

    def part(self, page, anchor):
        """A section of a page, to stand on another one."""
        text = self.linked(page, page.section(anchor))
        return re.sub(r' id="[^"]*"', "", text).replace(
            'href="#', 'href="%s#' % page.file)

    def groups(self):
        """(name, [(item, text)]): the lists of all pages, from ev(3)."""
        groups = []
        for name, text in re.findall(
                r"<dt>(.*?)</dt>\s*<dd>(.*?)</dd>", self.part(
                    self.by_file["ev.3.html"], "Pages_of_the_functions"),
                flags=re.S):
            if "<a" in name:
                groups[-1][1].append((name, text))
            else:
                groups.append((" ".join(words(name).split()), []))
        return groups

    def in_order(self):
        """The pages as they are read one after the other."""
        files = ["ev.3.html"] + [
            re.search(r'href="(?:\./)?([^"#]*)', name)[1]
            for _, rows in self.groups() for name, _ in rows]
        return [self.by_file[file] for file in dict.fromkeys(
            files + sorted(self.by_file))]

    def questions(self):
        """(question, page, anchor) of each row of questions.md."""
        for question, title, section, heading in pages.questions():
            page = self.by_file["%s.%s.html" % (title, section)]
            yield question, page, next(
                anchor for anchor, words_of, _ in page.headings()
                if words_of == heading)

    def names(self):
        """For the search: what is found, where it is, and what it is."""
        rows = []
        for name, url in sorted(self.where.items()):
            page = self.by_file[url.removeprefix("./").split("#")[0]]
            rows.append((name, url, "%s: %s" % (page.title, page.summary)))
        for page in self.htmls:
            rows += [(name, link(page.file, page.anchors[name]),
                      "in " + page.title)
                     for name in page.entries if name not in self.where]
        return rows
