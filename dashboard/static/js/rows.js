// Rows that the stream replaces: which numbers changed, and whether their order is still right. And the page fetched again.
import { say } from "./status.js";

const TYPING = "input:not([type=checkbox],[type=radio]),textarea,select";
let before = new Map(), waiting = 0, etag = "";

function remember() {
  before = new Map();
  for (const row of document.querySelectorAll("[data-rows] [data-row]")) {
    before.set(row.id, {
      tier: row.dataset.tier,
      numbers: [...row.querySelectorAll("[data-watch]")].map((number) => number.textContent.trim()),
    });
  }
}

function mark() {
  const moved = [];
  for (const row of document.querySelectorAll("[data-rows] [data-row]")) {
    const was = before.get(row.id);
    if (!was) continue;
    if (was.tier !== row.dataset.tier) moved.push(row);
    [...row.querySelectorAll("[data-watch]")].forEach((number, place) => {
      if (number.textContent.trim() === was.numbers[place] || was.numbers[place] === undefined) return;
      number.removeAttribute("data-changed");  // an attribute, which the next morph of the row leaves alone
      void number.offsetWidth;  // starts the fade again
      number.setAttribute("data-changed", "");
    });
  }
  if (moved.length === 1) say(`${name(moved[0])} is ${moved[0].dataset.tier || "without a score"} now.`);
  else if (moved.length) say(`${moved.length} accounts changed tier.`);
}

function name(row) {
  return row.querySelector("bdi")?.textContent ?? "An account";
}

function compare(one, other) {
  for (let place = 0; place < one.length; place++) {
    if (one[place] < other[place]) return -1;
    if (one[place] > other[place]) return 1;
  }
  return 0;
}

/** How many of these must move until they stand in rising order: all but those of the longest rising run. */
export function wouldMove(orders) {
  const tails = [];
  for (const order of orders) {
    let low = 0, high = tails.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compare(tails[middle], order) <= 0) low = middle + 1;
      else high = middle;
    }
    tails[low] = order;
  }
  return orders.length - tails.length;
}

function offer(text) {
  document.getElementById("would-move")?.remove();
  const list = document.querySelector("[data-rows]");
  if (!text || !list) return;
  const line = document.createElement("p");
  line.id = "would-move";
  line.className = "would-move";
  line.append(`${text} `);
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn";
  button.textContent = "Apply";
  button.addEventListener("click", () => refresh(true));
  line.append(button);
  (list.closest("table") ?? list).before(line);
}

function checkOrder() {
  const rows = [...document.querySelectorAll("[data-rows] [data-row][data-order]")];
  const count = wouldMove(rows.map((row) => JSON.parse(row.dataset.order)));
  offer(count ? `${count} ${count === 1 ? "row" : "rows"} would move.` : "");
}

function isBusy() {
  const list = document.querySelector("[data-rows]");
  return Boolean(list && (list.matches(":hover") || list.contains(document.activeElement)
    || document.querySelector("[data-row-of]")));
}

/** Take only the rows that both have, and what explains them; say so when there is more. */
async function takeRows(text) {
  const page = new DOMParser().parseFromString(text, "text/html");
  const fresh = [...page.querySelectorAll("[data-rows] [data-row]")];
  const explained = [...page.querySelectorAll("[data-rows] [data-row-of]")];
  const parts = [...fresh, ...explained].filter((row) => document.getElementById(row.id)).map((row) =>
    `<hx-partial hx-target="#${CSS.escape(row.id)}" hx-swap="outerMorph">${row.outerHTML}</hx-partial>`);
  remember();
  if (parts.length) await window.htmx.swap({ text: parts.join(""), sourceElement: document.body, swap: "none" });
  mark();
  const here = [...document.querySelectorAll("[data-rows] [data-row]")].map((row) => row.id);
  const same = here.join() === fresh.map((row) => row.id).join();
  offer(same ? "" : "The list has changed.");
}

/** Fetch the page again and take what changed, by morphing `main`; unchanged pages cost a 304. Where the pointer or the
 * focus is among rows, these are replaced in place, and none moves unless `wanted`. */
export async function refresh(wanted = false) {
  clearTimeout(waiting);
  if ("posted" in document.body.dataset) return;  // the answer to a form, which no address has: a preview, a new key
  const main = document.querySelector("main");
  if (!wanted && (document.activeElement?.matches(TYPING) || document.querySelector("dialog[open]"))) {
    waiting = setTimeout(refresh, 2000);
    return;
  }
  let text;
  try {
    const headers = { Accept: "text/html", ...etag && { "If-None-Match": etag } };
    const answer = await fetch(location.href, { headers, cache: "no-store" });
    if (answer.redirected && new URL(answer.url).pathname !== location.pathname) return location.reload();
    if (!answer.ok) return;  // 304 too: nothing has changed
    etag = answer.headers.get("ETag") ?? "";
    text = await answer.text();
  } catch {
    return;  // the stream says what is lost
  }
  if (!wanted && isBusy()) return takeRows(text);
  remember();
  await window.htmx.swap({ text, target: main, select: `#${main.id}`, swap: "outerMorph", sourceElement: main });
  mark();
  offer("");
}

/** Whether a row that is explained on the page is in what was sent: what explains it is old then. */
function isExplained(text) {
  return [...document.querySelectorAll("[data-row-of]")].some((row) => text.includes(`"r-${row.dataset.rowOf}"`));
}

function soon() {
  clearTimeout(waiting);
  waiting = setTimeout(refresh, 500);
}

/** Follow the swaps of the stream. */
export function startRows() {
  const isStream = (event) => event.detail.ctx?.sourceElement?.id === "live-stream";
  document.addEventListener("htmx:before:swap", (event) => isStream(event) && remember());
  document.addEventListener("htmx:after:swap", (event) => {
    if (!isStream(event)) return;
    mark();
    checkOrder();
    if (isExplained(event.detail.ctx.text)) soon();
  });
}
