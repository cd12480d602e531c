// The answer to a drill of the line: the page gives it by itself, and shows and sounds nothing.
import { call } from "../shared/request.js";
import { me } from "../shared/session.js";
/** @import { DrillEvent } from "../types/openapi" */

/**
 * Says that the drill was heard. Whatever comes of it, the next drill will tell.
 * @param {DrillEvent} event
 */
export async function answerDrill(event) {
  if (!me.value?.may.includes("answer_drill")) return;
  try {
    await call("POST /drills/{drill}", { path: { drill: event.drill } });
  } catch {
    // The server notices that the answer is missing.
  }
}
