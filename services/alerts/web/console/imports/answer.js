// A photo without a line: it may be of somebody whom people.csv spells otherwise. Who says so sends it under that id.
import { html } from "../../shared/html.js";
import { desk } from "../desk.js";
import { Fault } from "../parts/fault.js";
import { useAction } from "../use-action.js";
import { words } from "../words.js";
import { freeName, meantBy } from "./meant.js";
/** @import { ItemView } from "../../types/openapi" */
/** @import { Job } from "./sending.js" */

/** @param {{ row: ItemView, job: Job, answered: () => Promise<void> }} props */
export function AnswerPhoto({ row, job, answered }) {
  const w = words.value;
  const action = useAction();
  const file = job.files.get(row.name);
  const meant = meantBy(row);
  if (file === undefined || meant.length === 0) return null;
  /** @param {string} id */
  const send = (id) =>
    action.run(async () => {
      const name = freeName(row.name, id, job.files);
      const path = { import: job.id };
      await desk("PUT /watchlist/imports/{import}/photos/{file}", { path: { ...path, file: name }, body: await file.read() });
      job.files.set(name, file);
      await desk("POST /watchlist/imports/{import}/check", { path });
      await answered();
    });
  return html`<div class="buttons">
      ${meant.map(({ id, line }) => html`<button type="button" class="second" key=${id} disabled=${action.busy.value} onClick=${() => send(id)}>${w.itIs(id, line)}</button>`)}
    </div>
    <${Fault} fault=${action.fault} />`;
}
