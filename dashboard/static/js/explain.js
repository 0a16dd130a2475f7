// A row explained in place: the address of its link is fetched, and of the page only the explanation is taken.
const ROW = "[data-rows] [data-row]";

function close() {
  document.querySelector("[data-row-of]")?.remove();
  for (const link of document.querySelectorAll(`${ROW} .why[aria-expanded="true"]`)) link.setAttribute("aria-expanded", "false");
  for (const row of document.querySelectorAll(`${ROW}.open`)) row.classList.remove("open");
}

/** The page's address says which row is explained, so that reloading and going back show the same. */
function say(account) {
  const here = new URL(location.href);
  if (account) here.searchParams.set("explain", account);
  else here.searchParams.delete("explain");
  here.hash = "";
  history.replaceState(history.state, "", here);
  return here;
}

async function open(link) {
  const row = link.closest(ROW);
  const address = say(link.dataset.account);
  link.setAttribute("aria-expanded", "true");
  row.classList.add("open");
  const answer = await fetch(address, { headers: { Accept: "text/html" } });
  if (!answer.ok) throw new Error(answer.statusText);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const found = page.querySelector(`[data-row-of="${CSS.escape(row.dataset.row)}"]`);
  if (!found) throw new Error("no explanation");
  const here = document.getElementById(row.id);
  if (!here || new URL(location.href).searchParams.get("explain") !== link.dataset.account) return;  // another one meanwhile
  document.querySelector("[data-row-of]")?.remove();
  here.after(document.adoptNode(found));
  if (window.htmx) window.htmx.process(found);
}

/** Listen. Without an answer the link is followed as any other. */
export function startExplain() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a.why");
    if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    const key = CSS.escape(link.closest(ROW).dataset.row);
    const wasOpen = document.querySelector(`[data-row-of="${key}"]`) !== null;  // the stream may have replaced the row
    close();
    if (wasOpen) say("");
    else open(link).catch(() => location.assign(link.href));
  });
}
