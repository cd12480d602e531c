// Whether this phone can ring while the page is not in front, and why not: pure.

/**
 * @typedef {"insecure" | "no_worker" | "not_installed" | "no_push" | "not_served" | "denied" | "not_asked"
 *   | "not_subscribed" | "not_proven" | "proven"} Background
 */

/**
 * @param {object} known
 * @param {boolean} known.isSecure whether the page came by https
 * @param {boolean} known.hasWorker whether its service worker runs
 * @param {boolean} known.hasPush whether this browser takes pushes
 * @param {boolean} known.isApple a phone that takes them only from what is on its home screen
 * @param {boolean} known.isInstalled
 * @param {NotificationPermission} known.permission
 * @param {boolean | null} known.isServed whether the server sends pushes; null: not known yet
 * @param {boolean} known.isSubscribed
 * @param {string | null} known.provenAt when a push came to this phone
 * @returns {Background}
 */
export function backgroundOf(known) {
  if (!known.isSecure) return "insecure";
  if (known.isApple && !known.isInstalled) return "not_installed";
  if (!known.hasWorker) return "no_worker";
  if (!known.hasPush) return "no_push";
  if (known.isServed === false) return "not_served";
  if (known.permission === "denied") return "denied";
  if (known.permission !== "granted") return "not_asked";
  if (!known.isSubscribed) return "not_subscribed";
  return known.provenAt === null ? "not_proven" : "proven";
}

/**
 * An iPhone, or an iPad that calls itself a Macintosh.
 * @param {{ userAgent: string, maxTouchPoints: number }} browser
 */
export const isApple = ({ userAgent, maxTouchPoints }) =>
  /iPhone|iPad|iPod/.test(userAgent) || (/Macintosh/.test(userAgent) && maxTouchPoints > 1);
