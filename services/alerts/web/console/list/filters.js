// Which of the list is shown, with how many there are of each; the ways to have ended are behind the one who ended.
import { html } from "../../shared/html.js";
import * as state from "../../state/state.js";
import { Chips } from "../parts/chips.js";
import { words } from "../words.js";
import { ENDED, filter, isEnded, LIVING, many } from "./sought.js";
/** @import { Filter } from "./sought.js" */

/** @param {{ counts: Record<string, number>, batch: boolean }} props */
export function ListFilters({ counts, batch }) {
  const w = words.value;
  const wanted = filter.value;
  /** @type {Record<Filter, string>} */
  const names = { mine: w.waitsForMe, ...w.groups, ...w.states };
  const mine = state.waitingForMe.value;
  /** @type {Filter[]} */
  const shown = [...(batch ? [] : /** @type {const} */ (["mine"])), "living", ...LIVING, "ended", ...(isEnded(wanted) ? ENDED : [])];
  /** @param {Filter} name */
  const named = (name) => {
    const count = name === "mine" ? mine : many(name, counts);
    return `${names[name]}${count > 0 ? ` ${count.toLocaleString()}` : ""}`;
  };
  return html`<${Chips} label=${w.state} value=${wanted} labels=${Object.fromEntries(shown.map((name) => [name, named(name)]))}
    onChoose=${(/** @type {string} */ choice) => (filter.value = /** @type {Filter} */ (choice))} />`;
}
