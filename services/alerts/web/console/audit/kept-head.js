// The head that this browser keeps from one look to the next: not on the machine that keeps the audit.
import { headOf } from "./chain.js";
/** @import { KeptHead } from "../../types/page" */

const KEY = "wardwatch-audit-head";

/** @returns {KeptHead | null} */
export function keptHead() {
  try {
    const { sequence, sha256, at } = JSON.parse(localStorage.getItem(KEY) ?? "null") ?? {};
    const head = headOf(`${sequence} ${sha256}`);
    return head && { ...head, at: String(at) };
  } catch {
    return null;
  }
}

/** @param {KeptHead} head */
export const keepHead = (head) => localStorage.setItem(KEY, JSON.stringify(head));
