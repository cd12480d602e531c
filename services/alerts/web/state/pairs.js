// Something more to compare between alerts, for reviewers: now and then a control pair, which looks like any other.
import { call } from "../shared/request.js";
import { account, may, serverNow } from "../shared/session.js";
import { incidents, open, selected, shown, take } from "./alerts.js";
import { isInHand } from "./urgency.js";

/**
 * Asks whether there is one, after an answer was given; while an alert is in hand it is not shown.
 * @param {string} answered id of what was answered
 */
export async function compareMore(answered) {
  const was = incidents.value.find((incident) => incident.id === answered);
  if (!may("next_pair") || was === undefined || was.may_review || was.control) return;
  try {
    const { incident } = await call("POST /next-pair");
    if (incident === null) return;
    await take(() => call("GET /incidents/{incident}", { path: { incident } }));
    if (selected.value === answered && !isInHand(shown.value, account.value, serverNow())) open(incident);
  } catch {
    // Nobody asked for it, so nothing is said: there is one after another answer.
  }
}
