// Where cameras are, in the words of the hospital.
import { signal } from "@preact/signals";
import { call } from "../shared/request.js";
/** @import { PlaceView } from "../types/openapi" */

const known = signal(/** @type {Map<string, PlaceView>} */ (new Map()));

/** @param {{ site: string, camera: string }} at */
const keyOf = ({ site, camera }) => `${site}/${camera}`;

/**
 * What is known of where a camera is, if anything.
 * @param {{ site: string, camera: string }} at
 */
export const placeOf = (at) => known.value.get(keyOf(at)) ?? null;

/**
 * What people call the place: the camera's own name where nobody said.
 * @param {{ site: string, camera: string }} at
 */
export const nameOf = (at) => placeOf(at)?.name ?? at.camera;

export async function readPlaces() {
  const { places } = await call("GET /places");
  known.value = new Map(places.map((place) => [keyOf(place), place]));
}
