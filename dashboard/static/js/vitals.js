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
