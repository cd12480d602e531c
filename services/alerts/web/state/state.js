// All that the pages know and can do, under one name.
export * from "../shared/session.js";
export * from "./actions.js";
export * from "./alerts.js";
export * from "./connection.js";
export * from "./first-steps.js";
export * from "./messages.js";
export * from "./places.js";
export * from "./ringing.js";
export * from "./shift.js";
export * from "./sign-in.js";
export * from "./told.js";
export { isUnsent, unsent } from "./unsent.js";
export * from "./veil.js";
export { listVersion, lookForWaiting, waitingForMe } from "./waiting.js";
export * from "./ways.js";
