/* Small helps on each page: buttons that copy a program, a sign where a table
 * goes on, and where in the contents the reader is. */

"use strict";

/* What a reader wants to have: of a session with a shell the commands. */
function toCopy(box) {
    const text = box.querySelector("pre").textContent;
    if (!text.startsWith("$ ")) return text + "\n";
    return text.split("\n").filter((line) => line.startsWith("$ "))
        .map((line) => line.slice(2) + "\n").join("");
}

/* Some browsers have the clipboard for pages of a server only. */
async function copy(text) {
    try {
        await navigator.clipboard.writeText(text);
    } catch {
        const area = document.createElement("textarea");
        area.value = text;
        document.body.append(area);
        area.select();
        document.execCommand("copy");
        area.remove();
    }
}

for (const box of document.querySelectorAll(".code:is(.c, .sh, .diff)")) {
    const button = box.appendChild(document.createElement("button"));
    button.type = "button";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
        await copy(toCopy(box));
        button.textContent = "Copied";
        setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
}

/* A box that can be scrolled says so, as long as there is more to the right. */
function sayMore(box) {
    const left = box.scrollWidth - box.clientWidth - box.scrollLeft;
    box.classList.toggle("more", left > 2);
}

const boxes = [...document.querySelectorAll(".wide, .contents ul, .menu")];
for (const box of boxes)
    box.addEventListener("scroll", () => sayMore(box), { passive: true });
const sayAll = () => boxes.forEach(sayMore);
window.addEventListener("resize", sayAll);
window.addEventListener("load", sayAll);
sayAll();

/* The section that is being read, in the contents. */
const strip = document.querySelector(".contents");
const entries = strip ? [...strip.querySelectorAll("a")] : [];
const targets = entries.map((entry) =>
    document.getElementById(decodeURIComponent(entry.hash.slice(1))));

function follow() {
    const passed = targets.filter((target) =>
        target.getBoundingClientRect().top < 160).length;
    const now = entries[Math.max(0, passed - 1)];
    if (!now || now.ariaCurrent) return;
    entries.forEach((entry) => { entry.ariaCurrent = null; });
    now.ariaCurrent = "true";
    const box = strip.firstElementChild;
    const { left, top } = now.getBoundingClientRect();
    const { left: from, top: above } = box.getBoundingClientRect();
    box.scrollBy(left - from - 20, top - above - box.clientHeight / 2);
}

document.addEventListener("scroll", follow, { passive: true });
follow();
