// How an event of the audit is read. Pure.
import { address } from "../../shared/place.js";
/** @import { AuditEvent } from "../../types/openapi" */

// The account of what the program does by itself.
export const PROGRAM = "00000000-0000-0000-0000-000000000000";

const ID = /^[0-9a-f]{8}-[0-9a-f-]{27}$/;

/**
 * What it says beyond its columns, by name; what cannot be read is shown as it is.
 * @param {AuditEvent} event
 * @returns {[name: string, value: string][]}
 */
export function detailsOf({ details }) {
  try {
    return Object.entries(JSON.parse(details)).map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)]);
  } catch {
    return [["details", details]];
  }
}

/**
 * Ids by their first eight signs, as everywhere on the page.
 * @param {string} text
 */
export const shortened = (text) => (ID.test(text) ? text.slice(0, 8) : text);

/**
 * What it is about, as people call it: an account by its name, a thing by the beginning of its id.
 * @param {AuditEvent} event
 */
export function named(event) {
  const account = event.about_kind === "account" && detailsOf(event).find(([name]) => name === "account")?.[1];
  return account || shortened(event.about);
}

/**
 * Where the page shows what an event is about, if it does.
 * @param {AuditEvent} event
 */
export function leadsTo({ about_kind, about }) {
  if (!ID.test(about)) return null;
  if (about_kind === "entry") return address("watchlist", about);
  if (about_kind === "incident") return address("alerts", about);
  if (about_kind === "import") return address("imports", about);
  return about_kind === "account" ? address("accounts", about) : null;
}
