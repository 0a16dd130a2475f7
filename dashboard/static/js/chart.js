// The trajectory with uPlot, in the place of the SVG that the server drew: reading single days by pointer or arrow keys.
import { plotOptions, readColours, seriesOf } from "./plot.js";
import { words } from "./times.js";

const HERE = import.meta.url;
const NAME = "uplot-1.6.32";
let loading = null;

function load() {
  loading ??= new Promise((done, failed) => {
    const style = document.createElement("link");
    style.rel = "stylesheet";
    style.href = new URL(`../vendor/${NAME}.min.css`, HERE).href;
    const script = document.createElement("script");
    script.src = new URL(`../vendor/${NAME}.iife.min.js`, HERE).href;
    script.onload = done;
    script.onerror = failed;
    document.head.append(style, script);
  });
  return loading;
}

class Chart {
  constructor(figure) {
    this.figure = figure;
    this.place = figure.querySelector("[data-plot]");
    this.drawing = [...this.place.children];
    this.source = figure.querySelector('script[type="application/json"]').textContent;
    this.trajectory = JSON.parse(this.source);
    this.nowMs = Number(figure.dataset.now);
    this.points = seriesOf(this.trajectory, this.nowMs);
    if (this.points.times.length < 2) return;
    this.holder = document.createElement("div");
    this.holder.className = "plot";
    this.holder.tabIndex = 0;
    this.holder.setAttribute("role", "group");
    this.holder.setAttribute("aria-label", "Score over time: arrow keys read it day by day");
    this.line = document.createElement("p");
    this.line.className = "plot-line";
    this.line.setAttribute("aria-live", "polite");
    this.holder.addEventListener("keydown", (event) => this.onKey(event));
    for (const child of this.drawing) child.hidden = true;
    for (const child of this.drawing) child.setAttribute("aria-hidden", "true");
    this.place.append(this.holder, this.line);
    this.draw();
    this.watcher = new ResizeObserver(() => this.fit());
    this.watcher.observe(this.place);
  }

  draw() {
    const at = this.plot?.cursor.idx ?? null;
    this.plot?.destroy();
    const options = plotOptions(this.trajectory, this.points, this.nowMs, readColours(this.place));
    options.width = this.place.clientWidth;
    options.height = options.width < 480 ? 200 : 236;
    options.hooks.setCursor = [(plot) => this.read(plot.cursor.idx)];
    this.plot = new window.uPlot(options, this.points.data, this.holder);
    if (at !== null) this.put(at);
  }

  fit() {
    const width = this.place.clientWidth;
    if (width && width !== this.plot.width) this.plot.setSize({ width, height: width < 480 ? 200 : 236 });
  }

  put(at) {
    const { plot } = this;
    plot.setCursor({ left: plot.valToPos(this.points.times[at], "x"), top: plot.valToPos(this.value(at) ?? 50, "y") });
  }

  value(at) {
    return this.points.data[1][at] ?? this.points.data[2][at];
  }

  onKey(event) {
    const last = this.points.times.length - 1;
    const at = this.plot.cursor.idx ?? this.points.nowAt;
    const next = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last, PageUp: at - 7, PageDown: at + 7 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    this.put(Math.min(last, Math.max(0, next)));
  }

  read(at) {
    const value = at === null || at === undefined ? undefined : this.value(at);
    let text = "";
    if (value !== undefined && value !== null) {
      const tier = this.points.tiers[at];
      const when = words(this.points.times[at] * 1000 - 1, "day");
      const ahead = at > this.points.nowAt ? " if nothing arrives" : "";
      text = [`${when}: ${value.toFixed(1)}`, tier, this.points.notes[at]].filter(Boolean).join(", ") + ahead;
    }
    if (this.line.textContent !== text) this.line.textContent = text;
  }

  end() {
    this.watcher?.disconnect();
    this.plot?.destroy();
    this.holder?.remove();
    this.line?.remove();
    for (const child of this.drawing) child.hidden = false;
    for (const child of this.drawing) child.removeAttribute("aria-hidden");
  }
}

let charts = [];

function renew() {
  const figures = [...document.querySelectorAll("[data-trajectory]")];
  charts = charts.filter((chart) => {
    const script = chart.figure.querySelector('script[type="application/json"]');
    const stays = figures.includes(chart.figure) && script?.textContent === chart.source && chart.holder?.isConnected;
    if (!stays) chart.end();
    return stays;
  });
  for (const figure of figures) {
    if (!charts.some((chart) => chart.figure === figure)) charts.push(new Chart(figure));
  }
}

/** Draw all trajectories of the page, again after a swap and in another theme. Without uPlot the SVG stays. */
export async function startCharts() {
  try {
    await load();
  } catch {
    return;
  }
  renew();
  const draw = () => charts.forEach((chart) => chart.plot && chart.draw());
  document.addEventListener("htmx:after:settle", renew);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
}
