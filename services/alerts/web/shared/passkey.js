// Passkeys, as the server writes them (base64url) and as the browser takes them (bytes).
/** @import { Challenge, NewPasskeyRequest, PasskeyAnswer, PasskeyChallenge } from "../types/openapi" */

// Longer than somebody looks for their finger; the server's challenge is good for five minutes.
const PATIENCE_MS = 120_000;

// Whether this browser has passkeys. In a page whose address is a number, the server says that there are none.
export const hasPasskeys = () => typeof PublicKeyCredential === "function" && navigator.credentials !== undefined;

/**
 * What this device's passkey answers; null when the person let it be, or has none here.
 * @param {Challenge} asked
 * @returns {Promise<PasskeyAnswer | null>}
 */
export async function answer({ challenge, rp_id: rpId, credentials }) {
  const allowCredentials = credentials.map((id) => ({ type: /** @type {const} */ ("public-key"), id: bytesOf(id) }));
  const publicKey = {
    challenge: bytesOf(challenge), rpId, allowCredentials, timeout: PATIENCE_MS,
    userVerification: /** @type {const} */ ("required"),
  };
  const made = await letBe(() => navigator.credentials.get({ publicKey }));
  if (!(made instanceof PublicKeyCredential) || !(made.response instanceof AuthenticatorAssertionResponse)) return null;
  const { clientDataJSON, authenticatorData, signature } = made.response;
  return {
    credential: textOf(made.rawId), client_data: textOf(clientDataJSON), authenticator_data: textOf(authenticatorData),
    signature: textOf(signature),
  };
}

/**
 * A new passkey of this device; null when the person let it be, or the device has one already.
 * @param {PasskeyChallenge} asked
 * @param {string} name
 * @returns {Promise<NewPasskeyRequest | null>}
 */
export async function make({ challenge, rp_id, user, account, algorithms, known }, name) {
  const type = /** @type {const} */ ("public-key");
  /** @type {PublicKeyCredentialCreationOptions} */
  const publicKey = {
    challenge: bytesOf(challenge),
    rp: { id: rp_id, name: "Wardwatch" },
    user: { id: bytesOf(user), name: account, displayName: account },
    pubKeyCredParams: algorithms.map((alg) => ({ type, alg })),
    excludeCredentials: known.map((id) => ({ type, id: bytesOf(id) })),
    authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "required" },
    attestation: "none",
    timeout: PATIENCE_MS,
  };
  const made = await letBe(() => navigator.credentials.create({ publicKey }));
  if (!(made instanceof PublicKeyCredential) || !(made.response instanceof AuthenticatorAttestationResponse)) return null;
  const { clientDataJSON, attestationObject } = made.response;
  return { name, client_data: textOf(clientDataJSON), attestation: textOf(attestationObject) };
}

/**
 * @template T
 * @param {() => Promise<T>} ask
 */
async function letBe(ask) {
  try {
    return await ask();
  } catch (error) {
    // Whatever the person or the device did not want; anything else is a fault of this page.
    if (error instanceof DOMException) return null;
    throw error;
  }
}

/** @param {string} text */
export const bytesOf = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));

/** @param {ArrayBuffer} bytes */
export const textOf = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
