// One chart, and what it shows in words: lines are of one colour and one dash each, for whoever sees no colours.
import { useEffect, useRef } from "preact/hooks";
import { timeZone } from "../../shared/days.js";
import { html } from "../../shared/html.js";
import { language } from "../../shared/language.js";
import { readable } from "./kept.js";
import { plotting } from "./plotting.js";
import { words } from "./words.js";
/** @import Plot from "uplot" */

const HEIGHT = 160;
const LINES = [
  { colour: "--accent", dash: [] },
  { colour: "--green", dash: [8, 4] },
  { colour: "--soon", dash: [2, 3] },
];

/** @param {{ title: string, names: string[], times: number[], series: (number | null)[][] }} props */
export function Chart({ title, names, times, series }) {
  const w = words.value;
  const place = useRef(/** @type {HTMLDivElement | null} */ (null));
  const drawn = useRef(/** @type {Plot | null} */ (null));
  const data = /** @type {Plot.AlignedData} */ ([times, ...series]);
  const latest = useRef(data);
  latest.current = data;
  const spoken = language.value;
  useEffect(() => {
    let over = false;
    /** @type {ResizeObserver | null} */
    let watching = null;
    plotting().then((uPlot) => {
      const box = place.current;
      if (over || box === null) return;
      const plot = new uPlot(options(uPlot, names, box.clientWidth), latest.current, box);
      drawn.current = plot;
      watching = new ResizeObserver(() => plot.setSize({ width: box.clientWidth, height: HEIGHT }));
      watching.observe(box);
    });
    // Its colours are the page's, which follow the system's.
    const scheme = matchMedia("(prefers-color-scheme: light)");
    const recolour = () => drawn.current?.redraw();
    scheme.addEventListener("change", recolour);
    return () => {
      over = true;
      scheme.removeEventListener("change", recolour);
      watching?.disconnect();
      drawn.current?.destroy();
      drawn.current = null;
    };
  }, [spoken]);
  useEffect(() => drawn.current?.setData(data), [times.at(-1), times.length]);
  return html`<figure class="chart">
    <figcaption><b>${title}</b>
      <ul>${names.map((name, n) => html`<li key=${name} class=${`line line-${n}`}>${said(w, name, series[n])}</li>`)}</ul>
    </figcaption>
    <div class="plot" ref=${place} aria-hidden="true"></div>
  </figure>`;
}

/**
 * @param {typeof words.value} w
 * @param {string} name
 * @param {(number | null)[]} values
 */
function said(w, name, values) {
  const known = values.flatMap((value) => (value === null ? [] : [value]));
  const last = values.at(-1) ?? null;
  return w.chartSaid(name, last === null ? "–" : readable(last), known.length === 0 ? "–" : readable(Math.max(...known)));
}

/**
 * @param {typeof Plot} uPlot
 * @param {string[]} names
 * @param {number} width
 * @returns {Plot.Options}
 */
function options(uPlot, names, width) {
  /** @param {string} name */
  const ink = (name) => () => getComputedStyle(document.documentElement).getPropertyValue(name);
  const axis = { stroke: ink("--soft"), grid: { stroke: ink("--line"), width: 1 }, ticks: { show: false }, font: "12px system-ui" };
  const clock = new Intl.DateTimeFormat(language.value, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: timeZone() });
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: true }, y: { range: (_plot, _least, most) => [0, Math.max(most * 1.1, 0.001)] } },
    axes: [
      { ...axis, size: 26, space: 60, values: (_plot, splits) => splits.map((at) => clock.format(at * 1000)) },
      { ...axis, size: 46, space: 32, values: (_plot, splits) => splits.map((value) => readable(value)) },
    ],
    series: [
      {},
      ...names.map((label, n) => ({
        label, stroke: ink(LINES[n].colour), width: 2, dash: LINES[n].dash, points: { show: false }, paths: uPlot.paths.linear?.(),
      })),
    ],
  };
}
