// What a person does for a step: a button of the page, or a command for the machine.
import { html } from "../../shared/html.js";
import { address } from "../../shared/place.js";
import { words } from "../words.js";
import { Command } from "./command.js";
import { LetIn } from "./let-in.js";
/** @import { FirstStep, FirstSteps } from "../../types/openapi" */
/** @import { Handed } from "../../types/page" */

/** @param {{ code: FirstStep["code"], of: FirstSteps, hand: (made: Handed) => void }} props */
export function Lead({ code, of, hand }) {
  const w = words.value.firstSteps;
  const text = html`<p>${w.texts[code]}</p>`;
  /** @param {string} rest */
  const command = (rest) => html`<${Command} key=${rest} line=${`${of.command} ${rest}`} />`;
  const camera = `--site ${of.site} --camera gate-2`;
  switch (code) {
    case "administrator":
      return html`${text}${command("account reset-administrator")}`;
    case "supervisor":
    case "second":
      return html`${text}<${LetIn} key=${code} role="supervisor" hand=${hand} />
        <p class="hint">${w.orAtTheMachine}</p>${command(`account add ${code === "second" ? "wang.fang" : "li.wei"} --role supervisor`)}`;
    case "camera":
      return html`${text}${command(`camera add ${camera} --keep`)}${command(`camera publish rtsp://… ${camera} --fps 5`)}`;
    case "person":
      return html`${text}<a class="go" href=${address("watchlist", "new")}>${words.value.addPerson}</a>`;
    case "phone":
      if (!of.phones_can_sign_in) return html`<p>${w.noTls}</p>${command(`up --site ${of.site} --listen lan`)}`;
      return html`${text}${command("tls show")}<${LetIn} key=${code} role="guard" hand=${hand} />
        <p class="hint">${w.orAtTheMachine}</p>${command("account add ana.ruiz --role guard")}`;
    default:
      return html`${text}<a class="go" href="#">${w.openAlerts}</a>`;
  }
}
