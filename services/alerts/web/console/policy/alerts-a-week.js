// How many false alerts a week, in two figures: nobody knows more of them.
/** @import { ExpectedAlerts } from "../../types/openapi" */

/** @param {ExpectedAlerts} of */
export const expected = (of) => `${alerts(of.alerts)} (${alerts(of.low)}–${alerts(of.high)})`;

/** @param {number} count */
export const alerts = (count) => Number(count.toPrecision(2)).toLocaleString(undefined, { maximumFractionDigits: 4 });
