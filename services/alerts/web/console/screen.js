// Which screen of the console an address leads to.
import { html } from "../shared/html.js";
import { place } from "../shared/place.js";
import * as state from "../state/state.js";
import { AccessRequests } from "./access/requests.js";
import { Accuracy } from "./accuracy/accuracy.js";
import { Cameras } from "./cameras/cameras.js";
import { Delivery } from "./delivery/delivery.js";
import { Endings } from "./endings/endings.js";
import { AddPerson } from "./entry/add-person.js";
import { EditWords } from "./entry/edit-words.js";
import { Entry } from "./entry/entry.js";
import { FirstHour } from "./first-hour/first-hour.js";
import { Import } from "./imports/import.js";
import { Imports } from "./imports/imports.js";
import { NewImport } from "./imports/new-import.js";
import { LateScreen } from "./late-screen.js";
import { Watchlist } from "./list/list.js";
import { Incident } from "./incidents/incident.js";
import { Incidents } from "./incidents/incidents.js";
import { Statistics } from "./incidents/statistics.js";
import { Lists } from "./lists/lists.js";
import { Policy } from "./policy/policy.js";

export function Screen() {
  const [section, which, step] = place.value ?? [];
  const keeps = state.keeps.value;
  switch (section) {
    case "imports":
      if (which === "new" && keeps) return html`<${NewImport} />`;
      return which ? html`<${Import} id=${which} step=${step} />` : html`<${Imports} />`;
    case "start":
      return state.may("show_first_steps") ? html`<${FirstHour} />` : html`<${Watchlist} />`;
    case "incidents":
      if (!state.may("search_incidents")) return html`<${Watchlist} />`;
      if (which === "statistics") return html`<${Statistics} />`;
      return which ? html`<${Incident} id=${which} key=${which} />` : html`<${Incidents} />`;
    case "access":
      return state.may("list_access") ? html`<${AccessRequests} />` : html`<${Watchlist} />`;
    case "lists":
      return state.may("list_lists") ? html`<${Lists} />` : html`<${Watchlist} />`;
    case "cameras":
      return state.may("list_places") ? html`<${Cameras} />` : html`<${Watchlist} />`;
    case "delivery":
      return state.may("show_arrangements") ? html`<${Delivery} alert=${which === "alert" ? step : undefined} />` : html`<${Watchlist} />`;
    case "accuracy":
      return state.may("show_accuracy") ? html`<${Accuracy} />` : html`<${Watchlist} />`;
    case "running":
      return state.may("show_running") ? html`<${LateScreen} name="running" />` : html`<${Watchlist} />`;
    case "audit":
      return state.may("read_audit") ? html`<${LateScreen} name="audit" steps=${place.value?.slice(1)} />` : html`<${Watchlist} />`;
    case "policy":
      return html`<${Policy} />`;
    default:
      if (which === "new" && keeps) return html`<${AddPerson} />`;
      if (which === "ends" && state.may("show_endings")) return html`<${Endings} />`;
      if (which === "of") return html`<${Watchlist} batch=${step} key=${step} />`;
      if (which && step === "edit" && keeps) return html`<${EditWords} id=${which} key=${which} />`;
      return which ? html`<${Entry} id=${which} key=${which} />` : html`<${Watchlist} />`;
  }
}
