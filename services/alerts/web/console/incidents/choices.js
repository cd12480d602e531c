// What incidents can be looked for by: sites, cameras, zones, grounds and accounts that there are.
import * as state from "../../state/state.js";
import { ask, desk } from "../desk.js";

/** @typedef {{ sites: string[], cameras: [string, string][], zones: string[], grounds: [string, string][], accounts: string[] }} Choices */

/** @returns {Promise<Choices>} */
export async function readChoices() {
  const [{ sites }, { cameras }, arranged, { categories }, known] = await Promise.all([
    ask("GET /sites"),
    ask("GET /state"),
    ask("GET /delivery/arrangements"),
    desk("GET /watchlist/categories"),
    ask("GET /accounts"),
  ]);
  const named = new Map(cameras.map((each) => [each.camera, state.nameOf(each)]));
  return {
    sites: sites.map(({ site }) => site),
    cameras: [...named].sort(),
    zones: arranged.zones.map(({ name }) => name),
    grounds: categories.map(({ code, title }) => [code, title]),
    accounts: known.accounts.map(({ name }) => name).sort(),
  };
}
