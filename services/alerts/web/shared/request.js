// One request to the server, checked against its description (types/openapi.d.ts).
import { explain } from "./refusals.js";
/** @import { Problem } from "../types/openapi" */
/** @import { Answer, AnyRequest, Arguments, Operation } from "../types/request" */

// Longer than the server takes to say that it cannot (five seconds): silence is an answer, too.
const TIMEOUT_MS = 10_000;

// A refusal in the page's language, also when that is changed later. `sentence` is one of the page's own.
export class Refused extends Error {
  /**
   * @param {number} status
   * @param {Partial<Problem> & { sentence?: string }} problem
   * @param {number} retryAfterSeconds
   */
  constructor(status, problem, retryAfterSeconds = 1) {
    super();
    this.status = status;
    this.problem = problem;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  get explained() {
    if (this.problem.sentence) return { text: this.problem.sentence, aside: "" };
    return explain({ ...this.problem, status: this.status });
  }

  /** @override */
  get message() {
    const { text, aside } = this.explained;
    return aside ? `${text} (${aside})` : text;
  }
}

// Asked when the server wants to know anew who this is; whether it knows then. Set by who can ask a person.
export const proof = { ask: async () => false };

// Nothing came back: what was asked for may or may not be done.
export class Away extends Error {}

/**
 * The answer to an operation: JSON as it is described, a file as a Blob.
 * @template {Operation} O
 * @param {O} operation
 * @param {Arguments<O>} request
 * @returns {Promise<Answer<O>>}
 * @throws {Refused | Away}
 */
export const call = (operation, ...[request]) => send(operation, request ?? {}, TIMEOUT_MS);

/**
 * The same; where somebody must prove anew who they are, they are asked, and it is sent once more.
 * @template {Operation} O
 * @param {O} operation
 * @param {AnyRequest} request
 * @param {number} timeoutMs
 * @returns {Promise<Answer<O>>}
 */
export async function send(operation, request, timeoutMs) {
  try {
    return await sendOnce(operation, request, timeoutMs);
  } catch (error) {
    const asks = error instanceof Refused && error.problem.code === "proof_needed";
    if (!asks || !(await proof.ask())) throw error;
    return sendOnce(operation, request, timeoutMs);
  }
}

/**
 * @template {Operation} O
 * @param {O} operation
 * @param {AnyRequest} request
 * @param {number} timeoutMs
 * @returns {Promise<Answer<O>>}
 */
async function sendOnce(operation, request, timeoutMs) {
  const [method, path] = operation.split(" ");
  const address = `/api/v1${addressOf(path, request)}`;
  const content = contentOf(request);
  try {
    const reply = await fetch(address, {
      method,
      ...content,
      cache: "no-store",
      credentials: "same-origin",
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (!reply.ok) throw await refusal(reply);
    return await answerOf(reply);
  } catch (error) {
    if (error instanceof Refused || !(error instanceof Error)) throw error;
    throw new Away(error.message);
  }
}

/**
 * @param {string} path
 * @param {AnyRequest} request
 */
function addressOf(path, { path: steps, query }) {
  const filled = path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(String(steps?.[name])));
  const words = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== null && value !== "") words.set(name, String(value));
  }
  return words.size > 0 ? `${filled}?${words}` : filled;
}

/**
 * Headers and body: a file goes as it is, anything else as JSON.
 * @param {AnyRequest} request
 */
function contentOf({ body, key }) {
  /** @type {Record<string, string>} */
  const headers = key === undefined ? {} : { "Idempotency-Key": key };
  if (body === undefined || body === null) return { headers };
  const isFile = body instanceof Blob || body instanceof ArrayBuffer;
  headers["Content-Type"] = isFile ? "application/octet-stream" : "application/json";
  return { headers, body: isFile ? body : JSON.stringify(body) };
}

/** @param {Response} reply */
async function refusal(reply) {
  const problem = await reply.json().catch(() => ({}));
  return new Refused(reply.status, problem, Number(reply.headers.get("Retry-After")) || 1);
}

/** @param {Response} reply */
async function answerOf(reply) {
  if (reply.status === 204) return null;
  return reply.headers.get("Content-Type")?.startsWith("application/json") ? reply.json() : reply.blob();
}
