// Speaking with the server: one function for requests, one for the event stream.
import { told } from "./refusals.js";

// A refusal in the page's language, also when that is changed later. `said` is a sentence of the page's own.
export class Refused extends Error {
  constructor(status, problem) {
    super();
    this.status = status;
    this.problem = problem;
  }

  get told() {
    if (this.problem.said) return { text: this.problem.said, aside: "" };
    return told({ ...this.problem, status: this.status });
  }

  get message() {
    const { text, aside } = this.told;
    return aside ? `${text} (${aside})` : text;
  }
}

// Longer than the server takes to say that it cannot (five seconds): silence is an answer, too.
const PATIENCE_MS = 10_000;

export async function ask(method, path, body, headers = {}) {
  const reply = await fetch(`/api/v1${path}`, {
    method,
    headers: body === undefined ? headers : { "Content-Type": "application/json", ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
    cache: "no-store",
    credentials: "same-origin",
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  if (reply.status === 204) return null;
  const said = await reply.json().catch(() => ({}));
  if (!reply.ok) throw new Refused(reply.status, said);
  return said;
}

// Opens the event stream and opens it again for ever; returns a function that ends it. The browser itself reconnects
// (with Last-Event-ID) while the server answers; after a refusal it gives up and the stream is opened anew, which
// `opened` makes good by reading the list.
export function follow({ opened, state, incident, down }) {
  let source = null;
  let retry = 0;
  const open = () => {
    source = new EventSource("/api/v1/events");
    source.onopen = () => opened();
    source.addEventListener("state", (event) => state(JSON.parse(event.data)));
    source.addEventListener("incident", (event) => incident(JSON.parse(event.data)));
    source.onerror = () => {
      down();
      if (source.readyState === EventSource.CLOSED) retry = setTimeout(open, 1000);
    };
  };
  open();
  return () => {
    clearTimeout(retry);
    source.close();
  };
}
