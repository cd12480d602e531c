// One of them, and why.
import { html } from "../../shared/html.js";
import { address } from "../../shared/place.js";
import { date } from "../formats.js";
import { Countdown } from "../parts/countdown.js";
import { StateChip } from "../parts/state.js";
import { words } from "../words.js";
/** @import { ReviewRow } from "../../types/openapi" */

/** @param {{ row: ReviewRow }} props */
export function Review({ row }) {
  const w = words.value;
  const why = [
    row.several_people && w.severalPeopleShort,
    (row.same_person ?? []).length > 0 && w.samePersonShort,
    row.false_alerts > 0 && w.falseAlerts(row.false_alerts),
    row.suspended_photos.length > 0 && w.suspendedPhotos(row.suspended_photos.length),
  ].filter(Boolean);
  return html`<li>
    <a class="person review" href=${address("watchlist", row.entry)}>
      <span class="who"><b>${row.label || w.noLabel}</b><small>${why.join(" · ") || w.endsSoon}</small></span>
      <span class="ends"><small>${w.lastDay} ${date(row.last_day)}</small><${Countdown} to=${row.expires_at} /></span>
      <span class="at"><${StateChip} of=${row.state} /></span>
    </a>
  </li>`;
}
