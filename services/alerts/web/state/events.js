// The server's events, followed for as long as somebody is signed in.
/** @import { DrillEvent, IncidentEvent, PushProvenEvent, StateEvent } from "../types/openapi" */

const AGAIN_MS = 1000;

/**
 * Opens the event stream and opens it again for ever; returns a function that ends it. The browser itself reconnects
 * (with Last-Event-ID) while the server answers; after a refusal it gives up and the stream is opened anew, which
 * `opened` makes good by reading the list.
 * @param {object} handlers
 * @param {() => void} handlers.opened
 * @param {(event: StateEvent) => void} handlers.state
 * @param {(event: IncidentEvent) => void} handlers.incident
 * @param {(event: DrillEvent) => void} handlers.drill
 * @param {(event: PushProvenEvent) => void} handlers.proven
 * @param {() => void} handlers.down
 */
export function follow({ opened, state, incident, drill, proven, down }) {
  let retry = 0;
  let source = open();
  function open() {
    const stream = new EventSource("/api/v1/events");
    stream.onopen = () => opened();
    stream.addEventListener("state", (event) => state(JSON.parse(event.data)));
    stream.addEventListener("incident", (event) => incident(JSON.parse(event.data)));
    stream.addEventListener("drill", (event) => drill(JSON.parse(event.data)));
    stream.addEventListener("push_proven", (event) => proven(JSON.parse(event.data)));
    stream.onerror = () => {
      down();
      if (stream.readyState === EventSource.CLOSED) retry = setTimeout(() => (source = open()), AGAIN_MS);
    };
    return stream;
  }
  return () => {
    clearTimeout(retry);
    source.close();
  };
}
