// Beginning and ending a session.
import { call, Refused } from "../shared/request.js";
import { me } from "../shared/session.js";
import { endSession } from "./actions.js";
import { begin, leave } from "./connection.js";
import { lead } from "./first-steps.js";
import { problem } from "./messages.js";

const AGAIN_MS = 2000;

export const codeOfAddress = () => new URLSearchParams(location.hash.slice(1)).get("code");

export async function resume() {
  try {
    me.value = await call("GET /me");
    begin();
    lead();
  } catch (error) {
    if (error instanceof Refused && error.status === 401) {
      me.value = null;
      return;
    }
    problem.value = "offline";
    setTimeout(resume, AGAIN_MS);
  }
}

/** @param {string} code */
export async function signIn(code) {
  problem.value = null;
  try {
    const { token: _, ...opened } = await call("POST /session", { body: { code } });
    me.value = opened;
    begin();
    lead();
  } catch (error) {
    me.value = null;
    problem.value = error instanceof Refused ? error.message : "offline";
  }
}

export async function signOut() {
  if (await endSession()) leave(null);
}
