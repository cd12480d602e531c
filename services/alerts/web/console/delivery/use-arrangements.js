// Rules, zones and channels, which name one another: read together, and again after each change.
import { useReading } from "../use-reading.js";
import { ask } from "../desk.js";
/** @import { Arranged, ChannelView } from "../../types/openapi" */
/** @import { Reading } from "../../types/page" */

/** @typedef {Reading<Arranged & { channels: ChannelView[] }>} Known */

/** @returns {Known} */
export function useArrangements() {
  return useReading(async () => {
    const [arranged, { channels }] = await Promise.all([ask("GET /delivery/arrangements"), ask("GET /delivery/channels")]);
    return { ...arranged, channels };
  });
}
