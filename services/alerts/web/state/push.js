// What the server says of pushes and of duty: proto of the delivery ladder (docs/adr/0087).
import { Away } from "../shared/request.js";

const TIMEOUT_MS = 10_000;

/** @typedef {{ endpoint: string, p256dh: string, auth: string, device: string }} Subscription */
/** @typedef {{ site: string, account: string, proven_at: string | null }} OnDuty somebody who is on duty at a site */

// The key that pushes to this page are signed with; null: this server sends none.
export const key = async () => /** @type {{ public_key: string } | null} */ (await ask("GET", "push/key"));

// When a push came to this very device last; null where it is not known to the server.
export const standing = async () =>
  /** @type {{ proven_at: string | null } | null} */ (await ask("GET", "push/subscription"));

/** @param {Subscription} subscription */
export const subscribe = (subscription) => ask("PUT", "push/subscription", subscription);

export const test = () => ask("POST", "push/test");

export async function duties() {
  const found = /** @type {{ on_duty?: OnDuty[] } | null} */ (await ask("GET", "duty"));
  return found?.on_duty ?? null;
}

/**
 * @param {string} site
 * @param {boolean} on
 */
export const setDuty = (site, on) => ask("PUT", "duty", { site, on });

/**
 * What is answered; null where the server knows no such thing.
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 * @returns {Promise<unknown>}
 * @throws {Away} when nothing came back, or a refusal
 */
async function ask(method, path, body) {
  /** @type {RequestInit} */
  const request = { method, cache: "no-store", credentials: "same-origin", signal: AbortSignal.timeout(TIMEOUT_MS) };
  if (body !== undefined) {
    request.headers = { "Content-Type": "application/json" };
    request.body = JSON.stringify(body);
  }
  const reply = await fetch(`/api/v1/${path}`, request).catch(() => null);
  if (reply?.status === 404 || reply?.status === 405) return null;
  if (!reply?.ok) throw new Away(path);
  return reply.status === 204 ? {} : reply.json();
}
