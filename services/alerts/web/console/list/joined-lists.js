// A line for each list of another publisher that was joined: whether what is here is what its publisher says.
import { useEffect } from "preact/hooks";
import { html } from "../../shared/html.js";
import { Icon } from "../../shared/icon.js";
import { desk } from "../desk.js";
import { useReading } from "../use-reading.js";
import { standing } from "./joined-list.js";

const LOOK_MS = 10_000;

export function JoinedLists() {
  const { found, again } = useReading(() => desk("GET /federation/subscriptions"));
  useEffect(() => {
    const looking = setInterval(again, LOOK_MS);
    return () => clearInterval(looking);
  }, []);
  const lists = found.value?.subscriptions ?? [];
  if (lists.length === 0) return null;
  return html`<ul class="joined" aria-live="polite">
    ${lists.map((list) => {
      const { text, fresh } = standing(list, Date.now());
      return html`<li key=${list.list} class=${fresh ? "doing done" : "notice"}>
        <${Icon} name=${fresh ? "check" : "alarm"} /><span><b>${list.title}</b> ${text}</span>
      </li>`;
    })}
  </ul>`;
}
