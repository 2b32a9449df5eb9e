"""What the manual in a browser offers beyond its pages: search over the text,
questions, menu, examples, programs to copy; and how it is on a telephone."""

import glob
import os
import re

from pages import TOP, all_pages, questions, read, real_pages
from programs import programs_of

HERE = os.path.dirname(os.path.abspath(__file__))
PHONE = (390, 844)

CHROME = """({
    menu: [...document.querySelectorAll(".menu a")].map((e) => e.textContent),
    foot: document.querySelector("footer").innerText,
    next: document.querySelector("[rel=next]")?.getAttribute("href") || "",
    prev: document.querySelector("[rel=prev]")?.getAttribute("href") || "",
    heads: [...document.querySelectorAll("main h2, main h3")].map(
        (e) => e.id),
})"""
FRONT = """({
    code: [...document.querySelectorAll("pre")].map((e) => e.textContent),
    plot: [...document.images].every((e) => e.naturalWidth > 300),
    plots: document.images.length,
    pair: document.querySelectorAll(".pair .code.c").length,
    heads: [...document.querySelectorAll("h2, h3")].map((e) => e.textContent),
})"""
LISTINGS = """[...document.querySelectorAll(".listing")].map((e) => [
    e.id, e.querySelector("pre").textContent,
    e.querySelector("details")?.open,
    e.querySelector("details pre")?.textContent,
    e.querySelectorAll(":scope > .code ins").length])"""
STRIP = """(() => {
    const strip = document.querySelector(".contents");
    const all = [...strip.querySelectorAll("a")];
    const seen = all.filter((entry) => {
        entry.scrollIntoView({ inline: "center", block: "nearest" });
        const { left, right, top } = entry.getBoundingClientRect();
        return right > left && left >= -1 && right <= innerWidth + 1
            && top >= 0;
    });
    return [all.map((e) => e.hash), seen.map((e) => e.hash),
        [...document.querySelectorAll("main h2, main h3")].map((e) => e.id)];
})()"""
WIDE = """(async () => {
    const bad = [];
    let scrolled = 0;
    const later = () => new Promise((done) =>
        requestAnimationFrame(() => setTimeout(done)));
    for (const box of document.querySelectorAll(".wide")) {
        const wide = box.scrollWidth > box.clientWidth + 2;
        const mark = getComputedStyle(box).borderRightWidth !== "0px";
        if (mark !== wide) bad.push("not as wide as it seems");
        if (!wide) continue;
        scrolled += 1;
        box.scrollLeft = box.scrollWidth;
        await later();
        if (box.classList.contains("more")) bad.push("has no end");
    }
    return [scrolled, bad];
})()"""


def searches():
    """(text, file) of each line of searches.txt."""
    with open(os.path.join(HERE, "searches.txt")) as file:
        for line in file:
            if not line.startswith("#"):
                yield re.fullmatch(r"(.*): (\S+)\n", line).groups()


def found(browser, text, file):
    results = browser.ask("search(%r).results.map((e) => e.where)" % text)
    first = [url.split("#")[0].removeprefix("./") for url in results[:5]]
    if first[:1] != [file]:
        yield "found: " + ", ".join(first)


def typo(browser, base):
    """What is typed wrong is said, and the result can be clicked."""
    browser.open(base + "index.html")
    browser.press("/", 191)
    browser.type("ev_tiner")
    said = browser.ask("document.getElementById('found').innerText")
    if "ev_timer" not in said.split("\n")[0]:
        yield "it says " + said.split("\n")[0]
    browser.click("document.querySelector('#found .chosen a')")
    if not browser.wait("location.pathname.endsWith('/ev_timer.3.html')"):
        yield "leads to " + browser.ask("location.href")


def extract(browser, base):
    browser.open(base + "index.html?q=so_reuseport")
    said = browser.wait("[...document.querySelectorAll('#found mark')].map("
                        "(e) => e.textContent)")
    if "SO_REUSEPORT" not in (said or []):
        yield "marked: %s" % said


def menus(browser, base, files):
    """Each page: menu, version, date, and one way through all of them."""
    version = re.search(r"AC_INIT\(\[relev\], \[(.*?)\]", read("configure.ac"))
    dates = {page.file + ".html": page.lines[0][4:] for page in real_pages()}
    following, before = {}, {}
    for file in files:
        browser.open(base + file)
        seen = browser.ask(CHROME)
        if "Questions" not in seen["menu"] or "Examples" not in seen["menu"]:
            yield file + ": no menu"
        if "relev " + version[1] not in seen["foot"] \
                or dates.get(file, ", 20") not in seen["foot"]:
            yield "%s: at its foot: %s" % (file, seen["foot"])
        if file in dates and {"NAME", "LIBRARY"} & set(seen["heads"]):
            yield file + ": says its name twice"
        following[file], before[file] = seen["next"], seen["prev"]
    path = ["ev_tutorial.7.html"]
    while following[path[-1]] and len(path) <= len(files):
        path.append(following[path[-1]])
    if sorted(path) != sorted(set(files) - {"index.html"}):
        yield "the way through the pages: " + " ".join(path)
    yield from (file + ": the way back" for file in files
                if following[file] and before[following[file]] != file)


def front(browser, base):
    browser.open(base + "index.html")
    seen = browser.ask(FRONT)
    programs = "".join(seen["code"])
    for text in ("ev_run(loop, 0)", "co_await with_timeout", "make install",
                 "make demo"):
        if text not in programs:
            yield "does not show " + text
    if not seen["plots"] or not seen["plot"]:
        yield "does not show the plot"
    if seen["pair"] != 2:
        yield "does not color the programs in C and in C++"
    newest = re.search(r"^## (.*)", read("CHANGES.md"), re.M)[1]
    if newest not in seen["heads"]:
        yield "does not show the changes of " + newest


def answers(browser, base):
    """The page of all questions has them closed, and each has an answer."""
    browser.open(base + "questions.html")
    seen = dict(browser.ask(
        "[...document.querySelectorAll('.question')].map((e) => ["
        "e.querySelector('summary').textContent,"
        "e.open ? '' : e.textContent])"))
    for question, *_ in questions():
        question = question.replace("`", "")
        if len(seen.get(question, "").split()) < 30:
            yield question


def examples(browser, base):
    """Each file of the examples can be read, as it is, and has a summary."""
    shown = []
    browser.open(base + "examples.html")
    for said in browser.ask("[...document.querySelector('dl.rows')"
                            ".querySelectorAll('dd')].map((e) =>"
                            "e.textContent)"):
        if not said.endswith("."):
            yield "not a sentence: " + said
    for url in browser_links(browser, base + "examples.html", "examples-"):
        browser.open(base + url)
        shown += [row[1] for row in browser.ask(LISTINGS)]
    for path in glob.glob(TOP + "/examples/**", recursive=True):
        if os.path.isfile(path) and read(path).rstrip("\n") not in shown:
            yield path


def browser_links(browser, url, start):
    browser.open(url)
    return browser.ask("[...document.querySelectorAll('main a')].map((e) =>"
                       "e.getAttribute('href')).filter((url) =>"
                       "url.startsWith(%r))" % start)


def listings(browser, base):
    """Programs of pages are there in full, differences on demand."""
    for page in real_pages():
        programs = {program.name: program for program in programs_of(page)}
        if not programs:
            continue
        browser.open(base + page.file + ".html")
        seen = {row[0]: row[1:] for row in browser.ask(LISTINGS)}
        for kind, name, options, text in page.displays():
            at = "program-" + name
            if kind == "output" or "same" in options and at not in seen:
                continue
            shown, is_open, diff, new = seen[at]
            if shown + "\n" != programs[name].text:
                yield "%s is not shown as it is" % name
            if kind == "diff" and (is_open or diff + "\n" != text
                                   or new != text.count("\n+")):
                yield "%s: its difference is not there on demand" % name


def colors(browser, base):
    browser.open(base + "ev_timer.3.html")
    seen = browser.ask("['span.c', '.k', '.s', '.p', '.name', 'pre'].map("
                       "(name) => getComputedStyle(document.querySelector("
                       "'.listing ' + name)).color)")
    if len(set(seen)) < len(seen):
        yield "colors: %s" % seen
    links = browser_links(browser, base + "ev_timer.3.html", "ev_run.3.html")
    if not links:
        yield "no name in a program is a reference"


def type_of_loop(browser, base):
    """In programs; ev_loop, the function, is obsolete."""
    browser.open(base + "ev_timer.3.html")
    urls = browser.ask("[...document.querySelectorAll('pre a')].filter((e) =>"
                       "e.textContent == 'struct ev_loop').map((e) => "
                       "e.getAttribute('href'))")
    if set(urls) != {"ev_loop_new.3.html#struct_ev_loop"}:
        yield "leads to %s" % urls


def printed(browser, base):
    """Dark letters on paper, whatever the screen has."""
    color = "getComputedStyle(document.body).color"
    browser.open(base + "ev_timer.3.html")
    wanted = browser.ask(color)
    browser.window(1280, 900, scheme="dark")
    if browser.ask(color) == wanted:
        yield "there is no dark page"
    browser.window(1280, 900, scheme="dark", media="print")
    if browser.ask(color) != wanted:
        yield "the letters are " + browser.ask(color)
    browser.window(1280, 900)


def copied(browser, base):
    """A program as a whole; of a session with a shell the commands."""
    page = next(page for page in real_pages() if page.title == "ev_tutorial")
    browser.open(base + page.file + ".html")
    for begin, wanted in (("#include <ev.h>", list(programs_of(page))[0].text),
                          ("$ nc", "nc localhost 4000\n")):
        button = "[...document.querySelectorAll('.code')].find((e) =>" \
            "e.textContent.startsWith(%r)).querySelector('button')" % begin
        browser.click(button)
        browser.wait(button + ".textContent == 'Copied'")
        text = browser.clipboard()
        if text != wanted:
            yield "copied: " + text


def strips(browser, base, files):
    """On a telephone the row of sections reaches all of them."""
    browser.window(*PHONE)
    for file in files:
        if file == "index.html":
            continue
        browser.open(base + file)
        all_of, reached, heads = browser.ask(STRIP)
        if len(all_of) != len(heads) or reached != all_of:
            yield "%s: %d of %d sections" % (file, len(reached), len(heads))


def tables(browser, base, files):
    """On a telephone a wide table shows that it goes on."""
    browser.window(*PHONE)
    total = 0
    for file in files:
        browser.open(base + file)
        scrolled, bad = browser.ask(WIDE)
        total += scrolled
        yield from ("%s: %s" % (file, what) for what in bad)
    if not total:
        yield "no table was wide"


def features(browser, base):
    """(what, complaints) of each check."""
    browser.window(1280, 900)
    browser.open(base + "index.html")
    for text, file in searches():
        yield "%s finds %s" % (text, file), found(browser, text, file)
    directory = base.removeprefix("file://")
    links = {page.file + ".html" for page in all_pages() if page.link}
    files = sorted({os.path.basename(path) for path in
                    glob.glob(directory + "*.html")} - links)
    yield "a typing error leads there too", typo(browser, base)
    yield "a result shows what was found", extract(browser, base)
    yield "menu, version, date, before and after", menus(browser, base, files)
    yield "the front page shows what it is", front(browser, base)
    yield "each question has its answer", answers(browser, base)
    yield "each example has its source", examples(browser, base)
    yield "programs and differences are whole", listings(browser, base)
    yield "programs are colored", colors(browser, base)
    yield "struct ev_loop leads to the type", type_of_loop(browser, base)
    yield "a dark page is printed dark on light", printed(browser, base)
    yield "programs can be copied", copied(browser, base)
    yield "sections are reached on a telephone", strips(browser, base, files)
    yield "wide tables say so on a telephone", tables(browser, base, files)
