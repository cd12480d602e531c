// How a hospital stands with a list that is published here, in words: pure.
import { words } from "../words.js";
/** @import { HospitalView } from "../../types/openapi" */

// A hello comes every fifteen seconds.
const SILENT_SECONDS = 60;

/**
 * @param {HospitalView} of
 * @param {number} now milliseconds
 * @param {(at: string) => string} clock
 * @returns {{ text: string, fresh: boolean }}
 */
export function standing(of, now, clock) {
  const w = words.value.lists.hospital;
  const told = (/** @type {string} */ text, fresh = false) => ({ text, fresh });
  if (of.state === "asked") return told(w.asked(of.asked_by));
  if (of.state === "invited") return told(w.invited(clock(of.invitation_expires_at)));
  if (of.state === "answered") return told(w.answered(of.asked_by));
  if (of.state === "removed") return told(w.removed(of.removed_reason));
  if (of.hello === null) return told(w.unheard);
  const seconds = Math.max(0, Math.round((now - Date.parse(of.hello.heard_at)) / 1000));
  if (seconds > SILENT_SECONDS) return told(w.silent(clock(of.hello.heard_at)));
  if (of.hello.behind) return told(w.behind);
  if (!of.hello.same) return told(w.differs);
  return told(w.same(seconds), true);
}

/**
 * Who has not closed an erasure, and why.
 * @param {{ title: string, heard_at: string | null, signed: number }} owing
 * @param {number} now milliseconds
 * @param {(at: string) => string} clock
 */
export function owes({ title, heard_at: heard, signed }, now, clock) {
  const w = words.value.lists;
  if (heard === null) return w.owesUnheard(title);
  return now - Date.parse(heard) > SILENT_SECONDS * 1000 ? w.owesSilent(title, clock(heard)) : w.owesMatchers(title, signed);
}
