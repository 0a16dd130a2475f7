// What uPlot draws of a trajectory: steps, tier washes, bounds named at the right, numbered pins, «now», and what silence brings.
import { words } from "./times.js";

const DAY_MS = 86_400_000, AHEAD_MS = 10 * DAY_MS;
const TIERS = ["red", "yellow", "green"];

/** The arrays of a plot: times in seconds, the score until now, the score ahead; tiers and notes beside them. */
export function seriesOf({ days, ahead, pins }, nowMs) {
  const end = (day) => Math.min(Date.parse(`${day}T00:00:00Z`) + DAY_MS, nowMs);
  const past = days.map(({ day, score, tier }) => ({ atMs: end(day), past: score, tier }));
  const latest = [...past].reverse().find(({ past: score }) => score !== null);
  const points = [...past];
  if (latest && latest.atMs < nowMs) points.push({ ...latest, atMs: nowMs });
  const nowAt = points.length - 1;
  const coming = ahead.filter(({ at_ms: atMs }) => atMs > nowMs && atMs <= nowMs + AHEAD_MS);
  if (latest && coming.length) {
    points[nowAt].ahead = latest.past;
    for (const { at_ms: atMs, score, tier, words: note } of coming) points.push({ atMs, ahead: score, tier, note });
    const last = coming.at(-1);
    points.push({ atMs: nowMs + AHEAD_MS, ahead: last.score, tier: last.tier });
  }
  for (const pin of pins) {
    const at = points.findIndex(({ atMs }, place) => atMs >= pin.at_ms && place <= nowAt);
    if (at >= 0) points[at].note = `${pin.number}: ${pin.words}`;
  }
  return {
    times: points.map(({ atMs }) => atMs / 1000),
    data: [points.map(({ atMs }) => atMs / 1000), points.map((one) => one.past), points.map((one) => one.ahead)],
    tiers: points.map(({ tier }) => tier ?? ""),
    notes: points.map(({ note }) => note ?? ""),
    nowAt,
  };
}

/** The tokens of the page's style, as colours that a canvas knows. */
export function readColours(place) {
  const probe = document.createElement("span");
  place.append(probe);
  const colour = (name) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const names = ["ink", "ink-2", "ink-3", "bg", "grid", "line-strong", "accent",
    ...TIERS.flatMap((tier) => [`${tier}-wash`, `${tier}-ink`, `${tier}-fill`])];
  const colours = Object.fromEntries(names.map((name) => [name, colour(name)]));
  colours.font = getComputedStyle(place).fontFamily;
  probe.remove();
  return colours;
}

function label(ctx, text, x, y, colour, font, align = "left") {
  ctx.fillStyle = colour;
  ctx.font = font;
  ctx.textAlign = align;
  ctx.textBaseline = "middle";
  ctx.fillText(text, x, y);
}

/** The bounds and the ends of the scale at the right, none over another. */
function scale(plot, bounds, colours, font) {
  const { ctx, bbox } = plot;
  const least = 14 * devicePixelRatio;
  const lines = [[100, "100", colours["ink-3"]], [0, "0", colours["ink-3"]], ...bounds.filter(([, low]) => low > 0)
    .map(([tier, low]) => [low, `${tier} from ${low}`, colours[`${tier}-ink`] ?? colours["ink-2"]])];
  let above = -least;
  for (const [value, text, ink] of lines.sort(([one], [other]) => other - one)) {
    const y = Math.max(plot.valToPos(value, "y", true), above + least);
    label(ctx, text, bbox.left + bbox.width + 6 * devicePixelRatio, y, ink, font);
    above = y;
  }
}

function washes(plot, { bounds }, colours, font) {
  const { ctx, bbox } = plot;
  const y = (value) => Math.round(plot.valToPos(value, "y", true));
  bounds.forEach(([tier, low], place) => {
    const high = bounds[place + 1]?.[1] ?? 100;
    ctx.fillStyle = colours[`${tier}-wash`] ?? colours.bg;
    ctx.fillRect(bbox.left, y(high), bbox.width, y(low) - y(high));
  });
  scale(plot, bounds, colours, font);
}

function upright(plot, atMs, colour, dash) {
  const { ctx, bbox } = plot;
  const x = Math.round(plot.valToPos(atMs / 1000, "x", true)) + 0.5;
  if (x < bbox.left || x > bbox.left + bbox.width) return null;
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash(dash.map((length) => length * devicePixelRatio));
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  ctx.restore();
  return x;
}

/** One pin above or below its place, where it covers no other; one that finds no room is in the legend alone. */
function pin(plot, { number, at_ms: atMs, after }, colours, font, taken) {
  const { ctx, bbox } = plot;
  const x = plot.valToPos(atMs / 1000, "x", true), y = plot.valToPos(after, "y", true);
  if (x < bbox.left || x > bbox.left + bbox.width) return;
  const radius = 8 * devicePixelRatio;
  const isFree = (centre) => centre >= bbox.top + radius && centre <= bbox.top + bbox.height - radius
    && taken.every((other) => Math.abs(other.x - x) >= 2 * radius || Math.abs(other.centre - centre) >= 2 * radius);
  const centre = [-2.2, 2.6, -4.4, 4.8, -6.6, 7].map((shift) => y + shift * radius).find(isFree);
  if (centre === undefined) return;
  taken.push({ x, centre });
  ctx.fillStyle = colours.ink;
  ctx.beginPath();
  ctx.arc(x, centre, radius, 0, 2 * Math.PI);
  ctx.fill();
  label(ctx, String(number), x, centre, colours.bg, `600 ${font}`, "center");
}

function crossings(plot, { ahead }, nowTier, colours, font) {
  const { ctx } = plot;
  let tier = nowTier;
  for (const step of ahead) {
    const isCrossing = step.tier !== tier;
    tier = step.tier;
    if (!isCrossing || step.at_ms / 1000 > plot.scales.x.max) continue;
    const x = plot.valToPos(step.at_ms / 1000, "x", true), y = plot.valToPos(step.score, "y", true);
    const side = 4.5 * devicePixelRatio;
    ctx.fillStyle = colours[`${step.tier}-fill`] ?? colours.ink;
    ctx.fillRect(x - side, y - side, 2 * side, 2 * side);
    const text = `${step.tier} ${words(step.at_ms, "minute")}`, end = plot.bbox.left + plot.bbox.width;
    ctx.font = `600 ${font}`;
    const isLeft = x + 2.4 * side + ctx.measureText(text).width > end;  // beyond it the bounds have their names
    label(ctx, text, isLeft ? end : x + 2.4 * side, isLeft ? y + 4 * side : y - 1.6 * side,
      colours[`${step.tier}-ink`] ?? colours.ink, `600 ${font}`, isLeft ? "right" : "left");
  }
}

/** The options of uPlot; size and cursor are the caller's. */
export function plotOptions(trajectory, points, nowMs, colours) {
  const size = `${11 * devicePixelRatio}px ${colours.font}`;
  const step = window.uPlot.paths.stepped({ align: 1 });
  return {
    legend: { show: false },
    padding: [8, 96, 0, 0],
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 7, fill: colours.ink, stroke: colours.bg } },
    scales: { x: { time: true, range: (_, low, high) => [low, high] }, y: { range: () => [0, 100] } },
    axes: [
      {
        stroke: colours["ink-3"], font: `11px ${colours.font}`, size: 26, gap: 4,
        grid: { show: false }, ticks: { stroke: colours.grid, size: 4, width: 1 },
        values: (plot, ticks) => ticks.map((tick) => (plot.valToPos(tick, "x") < 20 ? "" : words(tick * 1000, "day"))),
        space: 80,
      },
      { show: false },
    ],
    series: [
      {},
      { stroke: colours.ink, width: 1.5, paths: step, points: { show: false }, spanGaps: false },
      { stroke: colours.ink, width: 1.5, paths: step, dash: [4, 3], points: { show: false } },
    ],
    hooks: {
      drawClear: [(plot) => washes(plot, trajectory, colours, size)],
      draw: [(plot) => {
        for (const model of trajectory.models) upright(plot, model.at_ms, colours["ink-2"], [2, 2]);
        upright(plot, nowMs, colours["line-strong"], []);
        const taken = [];
        for (const one of trajectory.pins) pin(plot, one, colours, size, taken);
        crossings(plot, trajectory, points.tiers[points.nowAt], colours, size);
      }],
    },
  };
}
