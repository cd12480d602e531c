// The library that draws charts, fetched with the first look at one: nobody else's page waits for it.
/** @import Plot from "uplot" */

/** @type {Promise<typeof Plot> | null} */
let fetched = null;

export function plotting() {
  fetched ??= fetchBoth();
  return fetched;
}

async function fetchBoth() {
  const styled = new Promise((loaded, failed) => {
    const style = document.createElement("link");
    style.rel = "stylesheet";
    style.href = "/vendor/uplot.css";
    style.onload = loaded;
    style.onerror = () => failed(new TypeError("the style of the charts did not arrive"));
    document.head.append(style);
  });
  const [module] = await Promise.all([import("uplot"), styled]);
  return module.default;
}
