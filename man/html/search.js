/* Finds names, headings and questions of the manual while one types. names.js
 * has them, as [what, where, hint]. Enter goes to the first or the chosen one,
 * a slash leads to the field; index.html?q=NAME goes to NAME at once. */

"use strict";

const field = document.getElementById("q");
const found = document.getElementById("found");
let chosen = 0;

/* How well an entry answers: less is better, undefined is not at all. */
function rank([what, , hint], query) {
    const name = what.toLowerCase();
    const words = query.split(/[\s()]+/).filter(Boolean);
    const all = (name + " " + hint).toLowerCase();
    const short = name.replace(/^ev(_|::)/, "");
    if (name === query) return 0;
    if (short === query) return what === name ? 0.1 : 0.2;
    if (name.startsWith(query)) return 1 + name.length / 1000;
    if (name.includes(query)) return 2 + name.length / 1000;
    if (words.every((word) => name.includes(word))) return 3;
    if (words.every((word) => all.includes(word))) return 4;
    return undefined;
}

function search(text) {
    const exact = text.trim().replace(/\(\d?\)$/, "");
    const query = exact.toLowerCase();
    if (!query) return [];
    return names
        .map((entry) => [entry[0] === exact ? -1 : rank(entry, query), entry])
        .filter(([order]) => order !== undefined)
        .sort((a, b) => a[0] - b[0])
        .map(([, entry]) => entry)
        .slice(0, 20);
}

function item([what, where, hint], at) {
    const line = document.createElement("li");
    const link = line.appendChild(document.createElement("a"));
    const small = document.createElement("small");
    link.href = where;
    link.append(what, small);
    small.append(hint);
    if (at === chosen) line.className = "chosen";
    return line;
}

function show() {
    const entries = search(field.value);
    chosen = Math.max(0, Math.min(chosen, entries.length - 1));
    found.replaceChildren(...entries.map(item));
    if (!entries.length) {
        const line = document.createElement("li");
        line.className = "none";
        line.append("Nothing of that name.");
        found.append(line);
    }
    found.hidden = !field.value.trim();
    const line = found.children[chosen];
    if (!found.hidden) line.scrollIntoView({ block: "nearest" });
}

function go(event) {
    event.preventDefault();
    const entries = search(field.value);
    if (!entries.length) return;
    found.hidden = true;
    field.blur();
    location.href = entries[chosen][1];
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
document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target === field) return;
    event.preventDefault();
    field.focus();
});

const asked = new URLSearchParams(location.search).get("q");
if (asked) {
    const [first] = search(asked);
    field.value = asked;
    if (first) location.replace(first[1]);
    else show();
}
