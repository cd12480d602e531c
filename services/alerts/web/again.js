// The page comes in many files. Where one does not arrive, as when a phone changes its network, all of them are asked for
// again as soon as the server answers.
const PAUSE_MS = 2000;

/**
 * @param {unknown} error why a module could not be imported
 * @throws {unknown} what is no failure to fetch: a fault of the page goes on to the browser
 */
export async function reloadWhenThere(error) {
  if (!(error instanceof TypeError)) throw error;
  let isThere = false;
  while (!isThere) {
    await new Promise((over) => setTimeout(over, PAUSE_MS));
    const reply = await fetch("/", { cache: "no-store" }).catch(() => null);
    isThere = reply?.ok ?? false;
  }
  location.reload();
}
