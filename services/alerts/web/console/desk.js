// Asking the desk: one function for JSON and files, one for faces, and what a screen does with the answers.
import { useEffect, useRef } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { Refused } from "../client.js";
import { leave } from "../state.js";

// Longer than the edge waits for the desk, which may compare a whole import with the list before it answers.
const PATIENCE_MS = 70_000;

// Nothing came back: what was asked may or may not be done.
export class Away extends Error {}

export const entryPath = (id, ...steps) => ["/entries", id, ...steps].join("/");
export const importPath = (id, ...steps) => ["/imports", id, ...steps].join("/");

// `said` goes as JSON, `file` as it is; `key` makes a repeated request the same request.
export async function desk(method, path, asked = {}) {
  const reply = await send(method, path, asked);
  return reply.json();
}

export async function picture(entry, position) {
  const reply = await send("GET", entryPath(entry, "photos", position), {});
  return reply.blob();
}

async function send(method, path, { said, file, key, query = {} }) {
  const headers = {};
  if (said !== undefined) headers["Content-Type"] = "application/json";
  if (file !== undefined) headers["Content-Type"] = "application/octet-stream";
  if (method !== "GET") headers["Idempotency-Key"] = key ?? crypto.randomUUID();
  const words = new URLSearchParams(Object.entries(query).filter(([, value]) => value)).toString();
  let reply;
  try {
    reply = await fetch(`/api/v1/watchlist${path}${words && `?${words}`}`, {
      method,
      headers,
      body: said === undefined ? file : JSON.stringify(said),
      cache: "no-store",
      credentials: "same-origin",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
  } catch (error) {
    throw new Away(error.message);
  }
  if (reply.ok) return reply;
  const refused = new Refused(reply.status, await reply.json().catch(() => ({})));
  refused.restSeconds = Number(reply.headers.get("Retry-After")) || 1;
  if (reply.status === 401) leave("ended");
  throw refused;
}

// What a person may be told; anything else is a fault of this page and goes on to the browser.
function tellable(error) {
  if (error instanceof Refused || error instanceof Away) return error;
  throw error;
}

// Something a person does: whether it goes on, and what prevented it.
export function useDeed() {
  const busy = useSignal(false);
  const fault = useSignal(null);
  const run = async (work) => {
    if (busy.value) return undefined;
    busy.value = true;
    fault.value = null;
    try {
      return await work();
    } catch (error) {
      fault.value = tellable(error);
      return undefined;
    } finally {
      busy.value = false;
    }
  };
  return { busy, fault, run };
}

// Something a screen shows: read when it opens and when `inputs` change; what comes too late is dropped.
export function useReading(read, ...inputs) {
  const found = useSignal(null);
  const fault = useSignal(null);
  const turn = useRef(0);
  const again = async () => {
    const mine = ++turn.current;
    try {
      const answer = await read();
      if (mine !== turn.current) return;
      found.value = answer;
      fault.value = null;
    } catch (error) {
      const told = tellable(error);
      if (mine === turn.current) fault.value = told;
    }
  };
  useEffect(() => {
    found.value = null;
    fault.value = null;
    again();
    return () => (turn.current += 1);
  }, inputs);
  return { found, fault, again };
}

// Pages of a list, one after the other.
export function usePages(read, rows, ...inputs) {
  const next = useSignal(null);
  const first = async () => {
    const page = await read(null);
    next.value = page.next;
    return page[rows];
  };
  const { found, fault, again } = useReading(first, ...inputs);
  const deed = useDeed();
  const more = () =>
    deed.run(async () => {
      const before = found.value;
      const page = await read(next.value);
      if (found.value !== before) return;
      next.value = page.next;
      found.value = [...before, ...page[rows]];
    });
  return { found, fault, again, more, next, busy: deed.busy, moreFault: deed.fault };
}
