// What an import waits for, and for whom. Pure.
/** @import { BatchView } from "../../types/openapi" */
/** @import { Failure } from "../../types/page" */

/**
 * `service`: the server, or one behind it, is away and is asked again; `paused`: whoever paused it; `files`: somebody who
 * chooses so many files; `answers`: somebody who answers so many questions; `pairs`: somebody who decides so many;
 * `commit`: somebody who puts so many people forward; `me` and `another`: who approves so many.
 * @typedef {{ kind: "service", why: Failure } | { kind: "paused" }
 *   | { kind: "files" | "answers" | "pairs" | "commit" | "me" | "another", many: number }} Waits
 */

/**
 * @param {BatchView} batch
 * @param {{ stage: string, waiting: number, waitsFor: Failure | null } | null} sending in this window
 * @param {{ account: string, mayApprove: boolean, missing: number }} here `missing`: files that were left behind
 * @returns {Waits[]} what comes first first
 */
export function waitsOf(batch, sending, here) {
  if (batch.state === "committed") return approval(batch, here);
  if (batch.state !== "open") return [];
  if (sending?.stage === "paused") return [{ kind: "paused" }];
  if (sending?.stage === "sending") {
    return sending.waiting > 0 && sending.waitsFor !== null ? [{ kind: "service", why: sending.waitsFor }] : [];
  }
  const { people, photos, lines } = batch.counts;
  if (photos.read === 0 && lines.read === 0) return [{ kind: "files", many: here.missing }];
  const asked = Math.max(people.question, photos.question, lines.question);
  /** @type {Waits[]} */
  const all = [
    { kind: "files", many: here.missing },
    { kind: "answers", many: asked },
    { kind: "pairs", many: batch.undecided },
  ];
  const open = all.filter((each) => "many" in each && each.many > 0);
  return open.length > 0 ? open : [{ kind: "commit", many: people.ready + people.warning }];
}

/**
 * @param {BatchView} batch
 * @param {{ account: string, mayApprove: boolean }} here
 * @returns {Waits[]}
 */
function approval(batch, { account, mayApprove }) {
  if (batch.pending === 0) return [];
  return [{ kind: mayApprove && batch.author !== account ? "me" : "another", many: batch.pending }];
}

const RANK = { open: 0, committed: 1, undone: 2, discarded: 2 };

/**
 * Whether `found` was read before what is `shown`: an answer that was under way while something was done.
 * @param {BatchView} found
 * @param {BatchView} shown
 */
export const isOlder = (found, shown) =>
  found.id === shown.id && (RANK[found.state] < RANK[shown.state] || (found.state === shown.state && found.revision < shown.revision));
