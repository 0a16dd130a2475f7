// Keys: a letter presses what the page names with `data-key`. Off in fields, with modifiers, and when switched off.
import { pause } from "./live.js";

const GO_MS = 1500;
const GO = { p: "/", a: "/accounts", c: "/actions", l: "/alerts", t: "/team", m: "/model", s: "/sources" };
let going = 0;

const rows = () => [...document.querySelectorAll("[data-rows] [data-row]")].filter((row) => row.offsetParent !== null);
const selected = () => document.querySelector("[data-rows] [data-row][data-selected]");

function select(row) {
  if (!row) return;
  for (const other of document.querySelectorAll("[data-selected]")) other.removeAttribute("data-selected");
  row.setAttribute("data-selected", "");
  (row.querySelector("a[href]") ?? row).focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

function step(by) {
  const all = rows();
  if (!all.length) {
    press(by > 0 ? "j" : "k");  // an account's page walks the list that it was opened from
    return;
  }
  const at = all.indexOf(selected() ?? document.activeElement.closest?.("[data-row]"));
  select(all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + by))]);
}

/** Press what has this key: below the selected row, below what explains it, anywhere. False when nothing has it. */
function press(key) {
  const row = selected();
  const named = `[data-key="${CSS.escape(key)}"]`;
  const scopes = row ? [row, ...document.querySelectorAll(`[data-row-of="${CSS.escape(row.dataset.row)}"]`)] : [];
  const found = [...scopes, document].map((scope) => [...scope.querySelectorAll(named)].find(isThere)).find(Boolean);
  if (!found) return false;
  if (found.matches("input:not([type=checkbox],[type=radio],[type=submit]),textarea,select")) found.focus();
  else found.click();
  if (found.matches("summary")) found.parentElement.querySelector("input:not([type=hidden]),select,textarea")?.focus();
  return true;
}

function isThere(element) {
  const row = element.closest("[data-row],[data-row-of]");
  const owner = row?.dataset.row ?? row?.dataset.rowOf;
  const isOther = row?.closest("[data-rows]") && owner !== selected()?.dataset.row;
  return !element.disabled && element.getClientRects().length > 0 && !isOther;
}

function go(letter) {
  if (GO[letter]) document.querySelector(`header nav a[href="${GO[letter]}"]`)?.click();
}

function find() {
  const field = document.getElementById("find");
  field?.focus();
  field?.select();
}

function help() {
  document.getElementById("keymap")?.showModal();
}

const ACTS = { "/": find, j: () => step(1), k: () => step(-1), ".": pause, "?": help };

function onKey(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || document.documentElement.dataset.keys === "off") return;
  if (event.target.closest?.("input:not([type=checkbox],[type=radio]),textarea,select,[contenteditable]")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (document.querySelector("dialog[open]")) return;
  const key = event.key;
  if (going) {
    clearTimeout(going);
    going = 0;
    if (key === "?") help();
    else go(key);
  } else if (key === "g") {
    going = setTimeout(() => { going = 0; }, GO_MS);
  } else if (ACTS[key]) {
    ACTS[key]();
  } else if (key === "u") {
    if (!press("u")) history.back();
  } else if (key.length !== 1 || !press(key)) {
    return;
  }
  event.preventDefault();
}

/** Listen. A row that the pointer or Tab reaches is the selected one. */
export function startKeys() {
  document.addEventListener("keydown", onKey);
  document.addEventListener("focusin", ({ target }) => {
    const row = target.closest?.("[data-rows] [data-row]");
    if (row && row !== selected()) {
      for (const other of document.querySelectorAll("[data-selected]")) other.removeAttribute("data-selected");
      row.setAttribute("data-selected", "");
    }
  });
}
