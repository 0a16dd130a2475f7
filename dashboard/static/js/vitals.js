// Starts what the page has use for.
import { startKeys } from "./keys.js";
import { startLive } from "./live.js";
import { startRows } from "./rows.js";
import { startStatus } from "./status.js";
import { startTimes } from "./times.js";

startStatus();
startTimes();
startRows();
startKeys();
startLive();
if (document.querySelector("[data-trajectory]")) {
  import("./chart.js").then(({ startCharts }) => startCharts());
}
