// Where the page begins.
import { reloadWhenThere } from "./again.js";

import("./main.js").then(({ start }) => start(), reloadWhenThere);
