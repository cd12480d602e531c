// Signing in, and proving who one is, with a passkey or at the hospital's own sign-in.
import { signal } from "@preact/signals";
import { answer, hasPasskeys } from "../shared/passkey.js";
import { call, proof, Refused } from "../shared/request.js";
import { me } from "../shared/session.js";
import { words } from "../shared/words.js";
import { begin } from "./connection.js";
import { complaint, problem } from "./messages.js";
/** @import { SessionOpened, WaysToSignIn } from "../types/openapi" */

// What was asked for before the browser went to the hospital's sign-in, kept while it is away.
const AWAY = "wardwatch-oidc";

export const ways = signal(/** @type {WaysToSignIn} */ ({ passkeys: false, oidc: null }));

export async function readWays() {
  try {
    const found = await call("GET /session/ways");
    ways.value = { ...found, passkeys: found.passkeys && hasPasskeys() };
  } catch {
    // The code is still there, and whoever types it hears that nobody answers.
  }
}

export const signInByPasskey = () =>
  open(async () => {
    const answered = await answer(await call("POST /session/passkey/offer"));
    return answered && call("POST /session/passkey", { body: answered });
  });

/** @param {boolean} prove whether somebody who is signed in proves anew who they are */
export async function goToOidc(prove) {
  problem.value = null;
  try {
    const { address } = await call("POST /session/oidc/offer", { body: { prove } });
    sessionStorage.setItem(AWAY, JSON.stringify({ prove, hash: location.hash }));
    location.assign(address);
  } catch (error) {
    const said = error instanceof Refused ? error.message : "offline";
    if (prove) complaint.value = said;
    else problem.value = said;
  }
}

// What the hospital's sign-in sent this browser back with; null when it did not.
export function oidcAnswer() {
  const sent = new URLSearchParams(location.search);
  const [code, state, iss] = ["code", "state", "iss"].map((name) => sent.get(name));
  if (!state) return null;
  // It is good once: it leaves the address before anything else can read it there.
  const { prove = false, hash = "" } = JSON.parse(sessionStorage.getItem(AWAY) ?? "{}");
  sessionStorage.removeItem(AWAY);
  history.replaceState(null, "", location.pathname + hash);
  return { prove: Boolean(prove), body: code ? { code, state, ...(iss ? { iss } : {}) } : null };
}

/** @param {NonNullable<ReturnType<typeof oidcAnswer>>} answered */
export async function finishOidc({ prove, body }) {
  if (prove) {
    await resumeProven(body);
    return;
  }
  await open(async () => body && call("POST /session/oidc", { body }));
}

/** @param {NonNullable<ReturnType<typeof oidcAnswer>>["body"]} body */
async function resumeProven(body) {
  try {
    me.value = await call("GET /me");
    begin();
    if (body === null) complaint.value = words.value.notSignedIn;
    else await call("POST /session/proof/oidc", { body });
  } catch (error) {
    if (me.value) complaint.value = error instanceof Refused ? error.message : "unconfirmed";
    else me.value = null;
  }
}

// Asked when the server wants to know anew who this is; whether it does now.
proof.ask = async () => {
  const asked = await call("POST /session/proof/offer").catch((error) => {
    if (error instanceof Refused && error.problem.code === "no_proof") return null;
    throw error;
  });
  if (asked === null) {
    if (ways.value.oidc !== null) await goToOidc(true);
    return false;
  }
  const answered = await answer(asked);
  if (answered === null) return false;
  await call("POST /session/proof", { body: answered });
  return true;
};

/** @param {() => Promise<SessionOpened | null>} ask */
async function open(ask) {
  problem.value = null;
  try {
    const opened = await ask();
    if (opened === null) {
      me.value = null;
      problem.value = words.value.notSignedIn;
      return;
    }
    const { token: _, ...mine } = opened;
    me.value = mine;
    begin();
  } catch (error) {
    me.value = null;
    problem.value = error instanceof Refused ? error.message : "offline";
  }
}
