// Whether messages of a site say the place: everybody who passes a lock screen reads it.
import { onCheck } from "../../shared/fields.js";
import { html } from "../../shared/html.js";
import * as state from "../../state/state.js";
import { ask } from "../desk.js";
import { Fault } from "../parts/fault.js";
import { useAction } from "../use-action.js";
import { words } from "../words.js";

/** @param {{ shows: string[], changed: () => Promise<void> }} props */
export function Place({ shows, changed }) {
  const w = words.value.delivery;
  const action = useAction();
  const sites = [...new Set([...(state.me.value?.sites ?? state.sites.value.map((each) => each.site)), ...shows])];
  /**
   * @param {string} site
   * @param {boolean} on
   */
  const set = (site, on) =>
    action.run(async () => {
      await ask("PUT /delivery/sites/{site}", { path: { site }, body: { shows_place: on } });
      await changed();
    });
  if (sites.length === 0) return null;
  return html`<fieldset>
    <legend>${w.saysPlace}</legend>
    <p class="hint">${w.saysPlaceText}</p>
    ${sites.map(
      (site) => html`<label class="check" key=${site}><input type="checkbox" checked=${shows.includes(site)} disabled=${action.busy.value}
        onChange=${onCheck((on) => set(site, on))} />${site}</label>`,
    )}
    <${Fault} fault=${action.fault} />
  </fieldset>`;
}
