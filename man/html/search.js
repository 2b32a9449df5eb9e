/* The search field: shows what find.js finds while one types. Enter goes to
 * the first or the chosen result, a slash leads to the field; index.html?q=NAME
 * goes to NAME at once. */

"use strict";

const field = document.getElementById("q");
const found = document.getElementById("found");
const AROUND = 60; // letters before the first word in an extract
let chosen = 0;

function element(name, className, ...children) {
    const made = document.createElement(name);
    if (className) made.className = className;
    made.append(...children);
    return made;
}

/* Text with the words that were searched marked. */
function marked(text, words) {
    const like = new RegExp("(" + words.map((word) => pattern(word) + "[a-z]*")
        .join("|") + ")", "i");
    return text.split(like).map((part, at) =>
        at % 2 ? element("mark", "", part) : part);
}

/* A line of a section: around the place where most of the words are. */
function extract({ text, words }) {
    const lower = text.toLowerCase();
    const like = new RegExp(words.map(pattern).join("|"), "g");
    const places = [...lower.matchAll(like)].map((match) => match.index);
    const near = (place) => new Set(places.filter((other) => other >= place
        && other < place + 120).map((other) => lower.slice(other, other + 3)));
    const best = places.reduce((a, b) => (near(b).size > near(a).size ? b : a),
        places[0] || 0);
    const start = best < AROUND ? 0
        : text.indexOf(" ", best - AROUND) + 1;
    const line = text.slice(start).match(/^.{0,160}(?!\w)/)[0];
    const rest = start + line.length < text.length;
    return marked((start ? "… " : "") + line + (rest ? " …" : ""), words);
}

function item(result, at) {
    const link = element("a", "", result.what);
    link.href = result.where;
    link.append(element("small", "", result.hint));
    if (!result.name) link.append(element("q", "", ...extract(result)));
    return element("li", at === chosen ? "chosen" : "", link);
}

function show() {
    const { results, instead } = search(field.value);
    chosen = Math.max(0, Math.min(chosen, results.length - 1));
    found.replaceChildren(...results.map(item));
    if (instead)
        found.prepend(element("li", "none", `No match. Results for ${instead}:`));
    if (!results.length)
        found.append(element("li", "none", "Nothing found."));
    found.hidden = !field.value.trim();
    const line = found.querySelector(".chosen");
    if (!found.hidden && line) line.scrollIntoView({ block: "nearest" });
}

function go(event) {
    event.preventDefault();
    const { results } = search(field.value);
    if (!results.length) return;
    found.hidden = true;
    field.blur();
    location.href = results[chosen].where;
}

field.addEventListener("input", () => { chosen = 0; show(); });
field.addEventListener("focus", show);
field.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape") found.hidden = true;
    if (!step) return;
    event.preventDefault();
    chosen += step;
    show();
});
field.form.addEventListener("submit", go);
document.addEventListener("click", (event) => {
    if (!field.form.contains(event.target)) found.hidden = true;
});
found.addEventListener("click", () => { found.hidden = true; });
document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target === field) return;
    event.preventDefault();
    field.focus();
});

const asked = new URLSearchParams(location.search).get("q");
if (asked) {
    const [first] = search(asked).results;
    field.value = asked;
    if (first && first.name) location.replace(first.where);
    else field.focus();
}
