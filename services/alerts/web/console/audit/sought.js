// What somebody looks for in the audit, kept while this page is open. It is read when they say so: each look is recorded.
import { effect, signal } from "@preact/signals";
import { account } from "../../shared/session.js";
/** @import { AuditWanted } from "../../types/page" */

/** @type {AuditWanted} */
export const ANYTHING = { since: "", until: "", account: "", kind: "", about: "" };

export const wanted = signal(ANYTHING);

let reader = "";
effect(() => {
  if (account.value === reader) return;
  reader = account.value;
  wanted.value = ANYTHING;
});

/**
 * As the server is asked: what is empty narrows nothing.
 * @param {AuditWanted} of
 */
export const asked = (of) => ({
  since: of.since || null,
  until: of.until || null,
  account: of.account.trim() || null,
  kind: of.kind || null,
  about: of.about.trim() || null,
});
