/* What answers a search. names.js has every name as [name, URL, hint]; texts,
 * in text.js, has the words of every section of every page. There is little
 * enough of both to search all of it whenever a key is pressed, so there is no
 * other index. The library lunr, with weighted fields, had the right page first
 * for 47 of 68 lines of t/html/searches.txt, and needed seconds to make its
 * index. */

"use strict";

const IDLE = new Set(("a about an and another are as at be by can do does for "
    + "from get has have how i if in is it its me my of on or other that the "
    + "there this to use using was what when where which who why will with you")
    .split(" "));
/* Words for the same; in each row what the manual says, and what others do. */
const SAME = ["stall hang freez too_long", "crash segfault sigsegv core_dump",
    "lock mutex", "descriptor fd", "child subprocess", "processor cpu",
    "end stop quit exit terminat", "cancel abort", "daylight dst",
    "clock wall_clock", "busy spin 100", "error fail", "wake wakeup",
    "glib gtk gmainloop", "coroutine fiber task", "timeout time_out",
    "macos darwin", "bsd freebsd openbsd netbsd", "terminal tty console",
    "closure lambda", "licence license", "vulnerability cve",
    "contributing contribute", "asio boost", "libuv nodej",
    "lock_out starvation", "xlib x11", "database sqlite mysql postgre",
    "precision nanosecond",
].map((row) => row.split(" "));
const MOST = 20; // results
const MOST_OF_A_PAGE = 3;

function lower(text) {
    return text.toLowerCase().replace(/\btime[ -]out/g, "timeout");
}

const sections = texts.flatMap(([title, summary, parts]) =>
    parts.map(([heading, where, asked, text]) => ({
        title, where, text,
        // Answers come first, programs and pages of the project last.
        weight: common.includes(heading) ? 0.5
            : asked.length ? 1.25
            : heading === "EXAMPLES" || !title.endsWith(")") ? 0.6 : 1,
        what: asked[0] || (heading && !/^[A-Z ]+$/.test(heading) ? heading
            : title + (heading ? ": " + heading.toLowerCase() : "")),
        hint: asked.length || !heading ? title + ": " + (heading || summary)
            : title,
        // What is searched, from the most telling to the least.
        fields: [asked.join(" "), common.includes(heading) ? "" : heading,
            title + " " + summary, text].map(lower),
        all: lower([...asked, heading, text].join(" ")),
    })));
const WEIGHTS = [4, 4, 1.5, 2];
const TEXT = 3;

function escaped(text) {
    return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/* Without the ending: stalled and stalls are as good as stall. */
function stem(word) {
    const short = word.replace(/(ing|ed|es|s|ly)$/, "")
        .replace(/([bdgmnprt])\1$/, "$1");
    return /^[a-z]+$/.test(word) && short.length > 3 ? short : word;
}

/* What matches a word: itself and longer words, or with another ending, or
 * another word for the same. */
function pattern(word) {
    const short = stem(word);
    const all = SAME.find((row) => row.includes(short)) || [short];
    return "(?<![a-z0-9])(?:" + all.map((one) => escaped(one)
        .replace("_", "[ _-]") + (one.length < 3 ? "(?![a-z0-9])" : ""))
        .join("|") + ")";
}

function wordsOf(text) {
    const all = lower(text).match(/[a-z0-9_]+\+*/g) || [];
    const telling = all.filter((word) => !IDLE.has(word));
    return telling.length ? telling : all;
}

/* A word as it is looked for: how well each section has it, and how rare it
 * is. A longer word than that one is less; in a text it counts how often, and
 * how long the text is. */
function term(word) {
    const middle = sections.reduce((sum, { text }) => sum + text.length, 0)
        / sections.length;
    const like = new RegExp(pattern(word), "g");
    const whole = new RegExp(`(?<![a-z0-9])${escaped(word)}(?![a-z0-9])`);
    const quality = (field, at) => {
        const times = (field.match(like) || []).length;
        if (!times) return 0;
        const often = at < TEXT ? 1
            : times / (times + 0.7 + 0.8 * field.length / middle);
        return WEIGHTS[at] * often * (whole.test(field) ? 1 : 0.6);
    };
    const scores = sections.map(({ fields }) =>
        fields.reduce((sum, field, at) => sum + quality(field, at), 0));
    const count = scores.filter((score) => score > 0).length;
    return { scores, rare: Math.log(1 + sections.length / (count || 1)) };
}

/* Sections that answer best first, no page more than a few times. */
function searchTexts(words) {
    const terms = words.map(term);
    const phrase = words.length > 1 && new RegExp(
        words.map(pattern).join("[a-z]*[^a-z0-9]+"));
    const scored = sections.map((section, at) => {
        const hits = terms.filter(({ scores }) => scores[at] > 0);
        const share = hits.length / terms.length;
        const sum = hits.reduce((total, { scores, rare }) =>
            total + scores[at] * rare, 0);
        const whole = phrase && phrase.test(section.all) ? 1.5 : 1;
        return { section, score: sum * share ** 3 * whole * section.weight };
    }).filter(({ score }) => score > 0).sort((a, b) => b.score - a.score);
    const seen = new Map();
    return scored.map(({ section }) => section).filter(({ title }) => {
        seen.set(title, (seen.get(title) || 0) + 1);
        return seen.get(title) <= MOST_OF_A_PAGE;
    }).map((section) => ({ ...section, words }));
}

/* How well a name answers: less is better, NaN is not at all. Below 1 it is
 * the name itself, below 2 it has the words, from there on only parts. */
function rank(what, query, words) {
    const name = what.toLowerCase();
    const short = name.replace(/^(struct |(rel)?ev(_|::))/, "");
    const parts = name.split(/_|::|[^a-z0-9]/);
    if (name === `struct ${query}`) return -2;
    if (name === query) return 0;
    if (short === query) return what === name && !/::/.test(what) ? 0.1 : 0.2;
    if (short === words.join("_")) return 0.3;
    if (`${name}_`.startsWith(`${query}_`)) return 1 + name.length / 1000;
    if (words.every((word) => parts.includes(word))) return 1.5;
    if (name.startsWith(query)) return 2 + name.length / 1000;
    if (name.includes(query)) return 3 + name.length / 1000;
    if (words.every((word) => name.includes(word))) return 4;
    return NaN;
}

/* Names of another interface, and switches, are found after what is said. */
function apart(where) {
    return /^ev_(libevent|config)/.test(where) ? 3 : 0;
}

function searchNames(exact, query, words) {
    return names
        .map(([what, where, hint]) => {
            const order = what === exact ? -1 : rank(what, query, words);
            return { what, where, hint, name: true,
                order: order < 1 ? order : order + apart(where) };
        })
        .filter(({ order }) => order < 8)
        .sort((a, b) => a.order - b.order);
}

/* Steps from one word to another: a letter more, less, another, or two letters
 * that changed places. More than the limit is one more than the limit. */
function distance(a, b, limit) {
    let rows = [[], [...Array(b.length + 1).keys()]];
    for (let i = 1; i <= a.length; ++i) {
        const row = [i];
        for (let j = 1; j <= b.length; ++j) {
            row[j] = Math.min(row[j - 1] + 1, rows[1][j] + 1,
                rows[1][j - 1] + (a[i - 1] !== b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] === b[j - 2]
                && a[i - 2] === b[j - 1])
                row[j] = Math.min(row[j], rows[0][j - 2] + 1);
        }
        if (Math.min(...row) > limit) return limit + 1;
        rows = [rows[1], row];
    }
    return rows[1][b.length];
}

/* Every word of the manual, and how often it is there. */
let vocabulary;

function count(word) {
    vocabulary.set(word, (vocabulary.get(word) || 0) + 1);
}

function allWords() {
    if (vocabulary) return vocabulary;
    vocabulary = new Map();
    for (const { all } of sections) {
        for (const word of all.match(/[a-z0-9_]{3,}/g) || []) {
            count(word);
            if (word.includes("_")) word.split("_").forEach(count);
        }
    }
    names.forEach(([name]) => count(name.toLowerCase()));
    return vocabulary;
}

/* The word of the manual that was meant, or undefined. */
function meant(word) {
    const limit = word.length < 4 ? 0 : word.length < 8 ? 1 : 2;
    let best, least = limit + 1, most = 0;
    for (const [other, times] of allWords()) {
        if (Math.abs(other.length - word.length) > limit
            || other[0] !== word[0]) continue;
        const steps = distance(word, other, limit);
        if (steps < least || (steps === least && times > most && best))
            [best, least, most] = [other, steps, times];
    }
    return best;
}

function known(word) {
    const like = new RegExp(pattern(word));
    return names.some(([name]) => name.toLowerCase().includes(word))
        || sections.some(({ all }) => like.test(all));
}

/* {results, instead}: instead is what was searched if a word of the text is
 * not in the manual but a similar one is. */
function search(text) {
    const exact = text.trim().replace(/\(\d?\)$/, "");
    let query = exact.toLowerCase(), words = wordsOf(query), instead;
    if (!query) return { results: [] };
    for (const word of words.filter((word) => !known(word))) {
        const other = meant(word);
        if (other) instead = query = query.replace(word, other);
    }
    words = wordsOf(query);
    const found = searchNames(instead || exact, query, words);
    const best = found.filter(({ order }) => order < 1);
    const like = found.filter(({ order }) => order >= 1);
    const identifier = /_|::|^ev/.test(query);
    const some = identifier ? 10
        : like.slice(0, 3).filter(({ order }) => order < 2).length;
    const said = searchTexts(words);
    const question = said.filter(({ what }) => lower(what) === lower(exact));
    const results = [...question, ...best, ...like.slice(0, some),
        ...said.filter((one) => !question.includes(one)), ...like.slice(some)];
    return { results: results.slice(0, MOST), instead };
}
