// Instants in the reader's zone, as the server writes them. Never by the browser's clock, which may be wrong.

const zone = document.querySelector('meta[name="vitals-zone"]')?.content || "UTC";
const PARTS = {
  clock: { hour: "2-digit", minute: "2-digit", second: "2-digit" },
  day: { day: "numeric", month: "short" },
  minute: { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" },
  whole: {
    weekday: "short", day: "numeric", month: "short", year: "numeric",
    hour: "2-digit", minute: "2-digit", second: "2-digit",
  },
};
const made = {};

function format(kind) {
  made[kind] ??= (() => {
    try {
      return new Intl.DateTimeFormat("en-GB", { ...PARTS[kind], timeZone: zone, hourCycle: "h23" });
    } catch {  // a zone that this browser does not know
      return new Intl.DateTimeFormat("en-GB", { ...PARTS[kind], timeZone: "UTC", hourCycle: "h23" });
    }
  })();
  return made[kind];
}

function zoneName(atMs) {
  const parts = new Intl.DateTimeFormat("en-GB", { timeZone: format("clock").resolvedOptions().timeZone, timeZoneName: "short" });
  return parts.formatToParts(atMs).find(({ type }) => type === "timeZoneName").value;
}

/** An instant (ms) in words: "clock" and "whole" name the zone. */
export function words(atMs, kind) {
  const text = format(kind).format(atMs).replaceAll(",", "").replace("Sept", "Sep");
  return kind === "clock" || kind === "whole" ? `${text} ${zoneName(atMs)}` : text;
}

/** Let a `<time>` show another instant. */
export function setClock(time, atMs) {
  time.dateTime = `${new Date(atMs).toISOString().slice(0, 19)}Z`;
  time.title = words(atMs, "whole");
  time.textContent = words(atMs, "clock");
}

/** Offer the browser's own zone where another is set. */
export function startTimes() {
  const field = document.getElementById("set-zone");
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!field || !own || own === zone) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn t";
  button.textContent = `Use ${own}`;
  button.addEventListener("click", () => { field.value = own; });
  (field.closest("label") ?? field).after(button);
}
