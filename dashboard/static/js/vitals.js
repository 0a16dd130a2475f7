// Starts what the page has use for.
import { startExplain } from "./explain.js";
import { startKeys } from "./keys.js";
import { startLive } from "./live.js";
import { startRows } from "./rows.js";
import { startStatus } from "./status.js";
import { startTimes } from "./times.js";

startStatus();
startTimes();
startRows();
startKeys();
startExplain();
startLive();
if (document.querySelector("[data-trajectory]")) {
  import("./chart.js").then(({ startCharts }) => startCharts());
}

// An act returns to the page as it is now: what was explained in place since it was loaded is in its address.
document.addEventListener("submit", ({ target }) => {
  const back = target.querySelector("input[name=back]");
  if (back) back.value = location.pathname + location.search;
});
