// The one stream of this tab: opened for the rows that the page shows, closed while it is hidden or paused.
import { refresh } from "./rows.js";
import { setClock, words } from "./times.js";

const ROWS_MAX = 500;
const QUIET_MS = 40_000;  // the server says something every 15 seconds
const LOST_AFTER_MS = 4000, FIRST_RETRY_MS = 1000, LAST_RETRY_MS = 30_000, STALE_EVERY_MS = 2000;

let address = "", element = null, connection = null, since = "", paused = false, gone = false;
let attempts = 0, opening = 0, losing = 0, staling = 0, quiet = 0, shown = 0;

function addressNow() {
  const url = new URL(address, location.href);
  const keys = new Set([...document.querySelectorAll("[data-row]")].map((row) => row.dataset.row));
  if (keys.size) url.searchParams.set("rows", [...keys].slice(0, ROWS_MAX).join("."));
  if (since) url.searchParams.set("since", since);
  else url.searchParams.set("age", Math.round(performance.now()));  // the page was asked for so long ago
  return url.pathname + url.search;
}

function show(state) {
  const text = { live: "Live", opening: "Loaded", paused: "Paused", lost: "Not live", off: "Not live" }[state];
  const place = document.getElementById("live-words");
  if (place && place.textContent !== text) place.textContent = text;
  const dot = { live: "", opening: "still", paused: "paused", lost: "off", off: "off" }[state];
  document.getElementById("live-dot")?.setAttribute("class", `dot ${dot}`.trim());
  const button = document.getElementById("live-pause");
  if (!button) return;
  button.hidden = false;
  button.setAttribute("aria-pressed", String(paused));
}

function banner(text, act) {
  document.getElementById("live-banner")?.remove();
  if (!text) return;
  const line = document.createElement("div");
  line.id = "live-banner";
  line.className = "banner bad";
  line.setAttribute("role", "alert");
  const dot = document.createElement("span");
  dot.className = "dot off";
  const strong = document.createElement("b");
  strong.textContent = text;
  const rest = document.createElement("span");
  rest.textContent = shown
    ? `These are the numbers of ${words(shown, "clock")}; they stay until there are newer ones.`
    : "The numbers of this page stay until there are newer ones.";
  line.append(dot, strong, rest);
  if (act) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn";
    button.textContent = "Try now";
    button.addEventListener("click", act);
    line.append(button);
  }
  document.getElementById("banners")?.append(line);
}

function hear() {
  clearTimeout(quiet);
  quiet = setTimeout(() => { isLosing(); close(); open(); }, QUIET_MS);
}

function isLive() {
  hear();
  attempts = 0;
  clearTimeout(losing);
  losing = 0;
  show(gone ? "lost" : "live");
  if (!gone) banner("");
}

function isLosing() {
  losing ||= setTimeout(() => {
    show("lost");
    banner("The connection to the dashboard is lost.", () => { close(); open(); });
  }, LOST_AFTER_MS);
}

function onFirstFailure({ detail }) {
  const status = detail.ctx?.response?.status ?? 0;
  close();
  if (status === 401 || status === 403) {
    show("off");
    banner("You are signed out: load the page again to sign in.");
    return;
  }
  isLosing();
  const asked = Number(detail.ctx?.response?.headers?.get("Retry-After")) * 1000;
  const wait = asked || Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** attempts++);
  opening = setTimeout(open, wait * (0.7 + 0.6 * Math.random()));
}

const NAMED = {
  bar(data) {
    const { as_of_ms: asOf, counts } = JSON.parse(data);
    const clock = document.getElementById("as-of");
    if (asOf && clock) setClock(clock, asOf);
    shown = asOf || shown;
    for (const [name, count] of Object.entries(counts)) {
      const place = document.getElementById(`count-${name}`);
      if (place) place.textContent = count || "";
    }
  },
  resync() { refresh(); },
  stale() {
    staling ||= setTimeout(() => { staling = 0; refresh(); }, STALE_EVERY_MS * Math.random());
  },
  state(data) {
    gone = data === "gone";
    show(gone ? "lost" : "live");
    document.body.toggleAttribute("data-stale", gone);
    banner(gone && !document.getElementById("banner-trouble") ? "Redis does not answer." : "");
    if (data === "back") {
      document.getElementById("banner-trouble")?.remove();
      refresh();
    }
  },
};

function open() {
  clearTimeout(opening);
  if (element || paused || document.hidden || !window.htmx) return;
  element = document.createElement("div");
  element.id = "live-stream";
  element.hidden = true;
  element.setAttribute("hx-sse:connect", addressNow());
  element.setAttribute("hx-swap", "none");
  element.addEventListener("htmx:sse:before:connection", ({ detail }) => {
    connection = detail.connection;
    if (connection.attempt > 0) isLosing();
  });
  element.addEventListener("htmx:sse:after:connection", isLive);
  element.addEventListener("htmx:sse:after:message", hear);
  element.addEventListener("htmx:sse:error", isLosing);
  element.addEventListener("htmx:error", onFirstFailure);
  element.addEventListener("htmx:response:error", onFirstFailure);
  for (const [name, act] of Object.entries(NAMED)) element.addEventListener(name, ({ detail }) => act(detail.data));
  document.body.append(element);
  window.htmx.process(element);
}

function close() {
  clearTimeout(opening);
  clearTimeout(quiet);
  if (!element) return;
  since = connection?.lastEventId || since;
  const ended = connection;
  connection = null;
  element.remove();
  window.htmx.trigger(element, "htmx:abort");
  element = null;
  ended?.delayCanceller?.();
  ended?.reader?.cancel();  // a heartbeat is no message: without this the loop would not see that the element is gone
  ended?.abortController?.abort();
}

/** Pause or resume. */
export function pause() {
  if (!address) return;
  paused = !paused;
  if (paused) close();
  clearTimeout(losing);
  losing = 0;
  banner("");
  show(paused ? "paused" : "opening");
  if (!paused) open();
}

/** Open the stream again, for the rows that the page has now. */
function reopen() {
  if (!element) return;
  const asked = new URL(element.getAttribute("hx-sse:connect"), location.href).searchParams.get("rows") ?? "";
  const now = new URL(addressNow(), location.href).searchParams.get("rows") ?? "";
  if (asked === now) return;
  close();
  open();
}

/** Start, where the page asks for it. */
export function startLive() {
  address = document.querySelector('meta[name="vitals-live"]')?.content ?? "";
  if (!address) return;
  shown = Date.parse(document.getElementById("as-of")?.dateTime) || 0;
  show("opening");
  document.addEventListener("click", ({ target }) => target.closest?.("#live-pause") && pause());
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  document.addEventListener("htmx:after:settle", ({ target }) => target.closest?.("main") && reopen());
  addEventListener("pagehide", close);
  addEventListener("pageshow", ({ persisted }) => persisted && open());
  open();
}
