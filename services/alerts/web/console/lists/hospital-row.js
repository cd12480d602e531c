// A hospital of a list in one row.
import { html } from "../../shared/html.js";
import { moment } from "../formats.js";
import { words } from "../words.js";
import { standing } from "./standing.js";
/** @import { HospitalView } from "../../types/openapi" */

/** @param {{ of: HospitalView, listed: number, open: () => void }} props */
export function HospitalRow({ of, listed, open }) {
  const w = words.value.lists;
  const { text, fresh } = standing(of, Date.now(), moment);
  const { hello } = of;
  const lacks = hello === null ? null : hello.locked;
  return html`<tr class=${fresh ? "fresh" : undefined}>
    <th scope="row"><button type="button" class="plain" onClick=${open}>${of.title}</button><small>${of.hospital}</small></th>
    <td>${text}${of.renewal && of.renewal.accepted_by === null && html`<br />${w.renews}`}</td>
    <td>${hello?.number ?? ""}</td>
    <td>${hello === null ? "" : w.of(hello.entries, listed)}</td>
    <td>${lacks ?? ""}</td>
    <td>${hello === null ? "" : w.of(hello.matchers_current, hello.matchers)}</td>
    <td>${of.owed}</td>
  </tr>`;
}
