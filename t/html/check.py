"""Uses the manual in a browser as a reader would. Prints a result a line.

Usage: check.py DIRECTORY     with the pages that man/html/build.py made
"""

import os
import re
import sys
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "man"))

from browser import Browser  # noqa: E402
from features import features  # noqa: E402
from pages import all_pages, questions, real_pages, tell  # noqa: E402

DIRECTORY = os.path.abspath(sys.argv[1])
BASE = "file://" + DIRECTORY + "/"
PHONE, DESKTOP = (320, 568), (1280, 900)

# What a reader types, and the words of the place where it should lead.
TYPED = {
    "ev_timer_again": ("ev_timer.3.html", "ev_timer_again()"),
    "ev_run": ("ev_run.3.html", "ev_run()"),
    "ev_io_modify()": ("ev_io.3.html", "ev_io_modify()"),
    "EVBREAK_ALL": ("ev_run.3.html", "EVBREAK_ALL"),
    "ev_async_send(3)": ("ev_async.3.html", "ev_async_send()"),
    "ev::bad_loop": ("ev++.3.html", "ev::bad_loop"),
    "relev::on_timer": ("relev_callbacks.3.html", "relev::on_timer"),
    "with_timeout": ("relev_scope.3.html", "relev::with_timeout"),
    "event_base_loopexit": ("ev_libevent.3.html", "event_base_loopexit()"),
    "EV_USE_TIMERFD": ("ev_config.7.html", "EV_USE_TIMERFD"),
    "timer_aga": ("ev_timer.3.html", "ev_timer_again()"),
    "accept fails with emfile": ("ev_idioms.7.html",
                                 "No descriptors left to accept"),
}
FOLLOWED = {
    "index.html?q=ev_break": ("ev_run.3.html", "ev_break()"),
    "EVRUN_ONCE.3.html": ("ev_run.3.html", "EVRUN_ONCE"),
    "ev%3A%3Aio.3.html": ("ev++.3.html", "ev::io"),
}

LOOK = """({
    links: [...document.querySelectorAll("[href], [src]")].map(
        (e) => [e.getAttribute("href") || e.getAttribute("src"),
                e.href instanceof SVGAnimatedString ? "" : e.href || e.src]),
    ids: [...document.querySelectorAll("[id]")].map(
        (e) => [e.id, e.textContent.slice(0, 200)]),
    width: document.documentElement.scrollWidth,
    first: search(%r).results.map((result) => result.where)[0],
})"""

PLACE = """(() => {
    const target = document.querySelector(":target");
    const box = target && target.getBoundingClientRect();
    return document.readyState == "complete" && box
        && location.pathname.endsWith(%r)
        && box.top >= 0 && box.bottom <= window.innerHeight
        && (target.closest("dt") || target).textContent;
})()"""


def split(url):
    """File and anchor of a URL."""
    url, anchor = urllib.parse.urldefrag(url)
    return urllib.parse.unquote(url), urllib.parse.unquote(anchor)


class Site:
    """All pages as the browser has them, seen as on a telephone."""

    def __init__(self, browser):
        self.links, self.ids = {}, {}
        self.wide, self.twice = [], []
        browser.window(*PHONE)
        links = {page.file + ".html" for page in all_pages() if page.link}
        files = set(os.listdir(DIRECTORY)) - links
        for file in sorted(name for name in files if name.endswith(".html")):
            browser.open(BASE + file)
            seen = browser.ask(LOOK % "")
            self.links[file] = seen["links"]
            self.ids[file] = dict(seen["ids"])
            if len(self.ids[file]) != len(seen["ids"]):
                self.twice.append(file)
            if seen["width"] > PHONE[0]:
                self.wide.append("%s: %d pixels" % (file, seen["width"]))
        for page in all_pages():
            if page.link:
                self.redirect(page)

    def redirect(self, page):
        with open(os.path.join(DIRECTORY, page.file + ".html")) as file:
            url = re.search(r"url=([^\"]*)", file.read())[1]
        self.links[page.file + ".html"] = [
            (url, urllib.parse.urljoin(BASE, url))]

    def lacks(self, url):
        """What is wrong with where a URL leads, or None."""
        path, anchor = split(url)
        file = path.removeprefix(BASE)
        if not path.startswith(BASE):
            return "leads out of the manual"
        if not os.path.isfile(os.path.join(DIRECTORY, file)):
            return "no such file"
        if anchor and anchor not in self.ids.get(file, ()):
            return "no such place on the page"
        return None

    def dead(self):
        for file, links in self.links.items():
            for written, url in links:
                if self.lacks(url):
                    yield "%s: %s: %s" % (file, written, self.lacks(url))

    def alone(self):
        """Files that no page leads to, not counting the menu of their own."""
        to = {split(url)[0] for file, links in self.links.items()
              for _, url in links if split(url)[0] != BASE + file}
        return [file for file in self.ids if BASE + file not in to]

    def without_place(self, browser):
        """Names that the search leads past."""
        browser.open(BASE + "index.html")
        for page in real_pages():
            for name in page.names():
                url = browser.ask(LOOK % name)["first"]
                file, anchor = split(url or "")
                file = file.removeprefix("./")
                if file not in self.ids:
                    yield name + ": not found"
                elif anchor and name not in self.ids[file].get(anchor, ""):
                    yield "%s: leads to %s" % (name, url)
                elif not anchor and not page_of(file, name):
                    yield "%s: leads to %s, and no further" % (name, file)


def page_of(file, name):
    return re.fullmatch(r"%s\.\d\.html" % re.escape(name), file)


def typed(browser, text, start, wanted):
    """Types it into the search of a page, and follows."""
    browser.window(*DESKTOP)
    browser.open(BASE + start)
    browser.press("/", 191)
    browser.type(text)
    browser.press("Enter", 13)
    yield from arrived(browser, *wanted)


def arrived(browser, file, words):
    """Whether the browser comes to a page, where the words are in sight."""
    place = browser.wait(PLACE % ("/" + file))
    if not place or words not in " ".join(place.split()):
        yield "leads to " + browser.ask("location.href")


def followed(browser, url, *wanted):
    """A URL that sends the browser on."""
    browser.open(BASE + url)
    yield from arrived(browser, *wanted)


def main():
    with Browser() as browser:
        site = Site(browser)
        tell("all files are linked to", site.alone())
        tell("no link is dead", site.dead())
        tell("no page has an anchor twice", site.twice)
        tell("no page is wider than a telephone", site.wide)
        tell("each name is found, and has a place", site.without_place(browser))
        tell("no question is lost", [
             row[0] for row in questions()
             if not browser.ask("search(%r).results[0].what == %r"
                                % (row[0], row[0]))])
        for text, wanted in TYPED.items():
            tell("typing %s leads to %s" % (text, wanted[1]),
                 typed(browser, text, "index.html", wanted))
        tell("a page has the same search", typed(
             browser, "ev_feed_event", "ev_run.3.html",
             ("ev_feed_event.3.html", "ev_feed_event()")))
        for url, wanted in FOLLOWED.items():
            tell(url + " leads there at once", followed(browser, url, *wanted))
        for what, complaints in features(browser, BASE):
            tell(what, complaints)


if __name__ == "__main__":
    main()
