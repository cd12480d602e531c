// Recomputing the audit's chain, part by part, and what came of it. Pure.
/** @import { AuditHeadKept, AuditPart } from "../../types/openapi" */
/** @import { Recomputed } from "../../types/page" */

const MOST_FAULTS = 100;
const HEAD = /^\s*(\d{1,18})\s+([0-9a-fA-F\s]+)$/;

/** @type {Recomputed} */
export const BEGUN = { events: 0, sequence: 0, sha256: "0".repeat(64), total: 0, ended: false, faults: [], many: 0, compared: [], published: null };

/**
 * What is known after another part.
 * @param {Recomputed} so
 * @param {AuditPart} part
 * @returns {Recomputed}
 */
export const joined = (so, part) => ({
  events: so.events + part.events,
  sequence: part.sequence,
  sha256: part.sha256,
  total: part.total,
  ended: part.ended,
  faults: [...so.faults, ...part.faults].slice(0, MOST_FAULTS),
  many: so.many + part.faults.length,
  // The broker's head may be a later one with each part: what was compared is kept.
  compared: [...so.compared, ...part.compared],
  published: part.published && part.compared.some((each) => same(each, part.published)) ? part.published : so.published,
});

/**
 * Whether the chain said the same at a head's number; null where it was not compared.
 * @param {Recomputed} so
 * @param {AuditHeadKept | null} head
 */
export function agrees(so, head) {
  if (head === null) return null;
  return so.compared.find((each) => same(each, head))?.agrees ?? null;
}

/**
 * A head as somebody typed it, from paper perhaps in groups; null for anything else.
 * @param {string} text
 * @returns {AuditHeadKept | null}
 */
export function headOf(text) {
  const [, number, hash] = text.match(HEAD) ?? [];
  const sha256 = (hash ?? "").replace(/\s/g, "").toLowerCase();
  const sequence = Number(number);
  return sha256.length === 64 && Number.isSafeInteger(sequence) && sequence > 0 ? { sequence, sha256 } : null;
}

/**
 * In groups of eight, which can be copied by hand.
 * @param {string} sha256
 */
export const grouped = (sha256) => (sha256.match(/.{1,8}/g) ?? []).join(" ");

/**
 * @param {{ sequence: number, sha256: string }} one
 * @param {{ sequence: number, sha256: string } | null} other
 */
const same = (one, other) => one.sequence === other?.sequence && one.sha256 === other.sha256;
