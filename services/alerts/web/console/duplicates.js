// Step 4: who looks like somebody listed, or like somebody else in the import.
import { useEffect } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { address } from "../place.js";
import * as state from "../state.js";
import { desk, importPath, useDeed, usePages } from "./desk.js";
import { Pair } from "./likenesses.js";
import { Fault, html, Loading, More } from "./parts.js";
import { words } from "./words.js";

export function Duplicates({ batch, told, again }) {
  const w = words.value;
  const checked = useSignal(0);
  const deed = useDeed();
  const open = batch.state === "open" && state.keeps.value;
  // Looking for them is part of coming here; it can be done as often as wanted.
  const look = () =>
    deed.run(async () => {
      told(await desk("POST", importPath(batch.id, "check")));
      checked.value += 1;
    });
  useEffect(() => {
    if (open) look();
  }, []);
  const pages = usePages(
    (cursor) => desk("GET", importPath(batch.id, "likenesses"), { query: { cursor, limit: "20" } }),
    "likenesses",
    checked.value,
  );
  const rows = pages.found.value;
  const decided = (row) => (entry) => {
    const likeness = entry.likenesses.find((each) => each.other === row.likeness.other) ?? row.likeness;
    pages.found.value = pages.found.value.map((each) => (each === row ? { ...row, likeness } : each));
    again();
  };
  return html`<div class="step">
    ${deed.busy.value && html`<p class="doing" role="status">${w.comparing}</p>`}
    <${Fault} fault=${deed.fault} />
    ${rows === null
      ? html`<${Loading} fault=${pages.fault} />`
      : rows.length === 0
        ? !deed.busy.value && html`<p class="nobody">${w.noLikenesses}</p>`
        : html`<p><b>${w.toDecide(batch.undecided)}</b></p>
            ${rows.map(
              (row) => html`<div class="card" key=${`${row.entry} ${row.likeness.other}`}>
                <${Pair} entry=${row.entry} label=${row.label} likeness=${row.likeness} decides=${open} decided=${decided(row)} />
              </div>`,
            )}`}
    ${rows !== null && html`<${More} pages=${pages} />`}
    ${open && html`<a class="go" href=${address("imports", batch.id, "commit")}>${w.toCommit}</a>`}
  </div>`;
}
