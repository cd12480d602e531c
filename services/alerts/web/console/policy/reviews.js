// Entries that somebody should look at again.
import { html } from "../../shared/html.js";
import { desk } from "../desk.js";
import { Loading } from "../parts/loading.js";
import { useReading } from "../use-reading.js";
import { words } from "../words.js";
import { Review } from "./review.js";

export function ReviewList() {
  const w = words.value;
  const { found, fault } = useReading(() => desk("GET /watchlist/reviews"));
  return html`<section class="card">
    <h2>${w.reviews}</h2>
    <p class="hint">${w.reviewsText}</p>
    ${found.value === null
      ? html`<${Loading} fault=${fault} />`
      : found.value.reviews.length === 0
        ? html`<p class="nobody">${w.nothingToReview}</p>`
        : html`<ul class="people">${found.value.reviews.map((row) => html`<${Review} key=${row.entry} row=${row} />`)}</ul>`}
  </section>`;
}
