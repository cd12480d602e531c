// English.
import { en as acts } from "../acts/en.js";

export const en = {
  acts,
  title: "Audit",
  text: "Everything a person did, read or checked. It only grows. That you read it is recorded as well.",
  filter: "What to show",
  since: "From",
  until: "Up to and with",
  account: "Account",
  accountHint: "What it did, and what was done to it.",
  everybody: "Everybody",
  kind: "Kind of act",
  everything: "Everything",
  /** @type {(family: string) => string} */
  allOf: (family) => `All: ${family}`,
  about: "About",
  aboutHint: "The number of an entry, an alert, an import or an account, or a site.",
  show: "Show",
  clear: "Clear",
  newest: "Newest",
  none: "Nothing is found by this.",
  /** @type {(number: number) => string} */
  number: (number) => `no. ${number}`,
  noReason: "no reason was asked for",
  more: "More",
  through: "Written through",
  hash: "Hash",
  program: "Wardwatch by itself",
  onlyThis: "All about this",
  onlyBy: "All of this account",
  /** @type {Record<string, string>} */
  families: {
    access: "Answers to people who ask", account: "Accounts", accuracy: "Accuracy", audit: "Audit", backup: "Backups", camera: "Cameras", card: "Reading for alerts",
    control: "Control pairs", delivery: "How alerts reach people", entries: "Reading the list", entry: "Entries", erasure: "Erasures",
    federation: "Lists for other hospitals", group: "Sets of sites", identity: "Identity numbers", import: "Imports",
    incident: "Alerts", keys: "Keys", likeness: "Look-alikes", list: "Comparing the list", matcher: "Matchers",
    matching: "Stop and resume", model: "Recognisers", passkey: "Passkeys", photo: "Photos", place: "Places", reading: "Unusual reading",
    session: "Signing in and out", stream: "Broker", subscription: "Lists of other hospitals", threshold: "Threshold",
  },
  /** @type {Record<string, string>} */
  things: {
    entry: "entry", entries: "list", photo: "photo", import: "import", group: "set of sites", identity: "identity number",
    account: "account", incident: "alert", site: "site", keys: "keys", audit: "audit", list: "list", matcher: "matcher",
    threshold: "threshold", place: "place", stream: "stream", delivery: "delivery", control: "control pair", hospital: "hospital",
    accuracy: "report", backup: "backup",
  },
  export: "Export",
  exportText: "What is shown by the filter goes into a file. The file names accounts and says who did what: keep it as carefully as the audit.",
  form: "Form",
  forms: {
    csv: "CSV, for a spreadsheet",
    jsonl: "JSON lines, whose hashes can be recomputed elsewhere",
  },
  wholeHint: "Without a filter the file can be recomputed as a whole on another computer.",
  save: "Write the file",
  verify: "Is it whole?",
  verifyText: "Each event holds the hash of the one before it. Here every hash is computed again, from the first event on.",
  given: "A head that was kept elsewhere",
  givenHint: "A number and 64 signs 0-9 a-f, from paper or a file. Leave it empty if there is none.",
  givenWrong: "This is no head: a number, a space and 64 signs 0-9 a-f.",
  recompute: "Recompute now",
  again: "Recompute again",
  /** @type {(done: number, total: number) => string} */
  progress: (done, total) => `${done} of ${total} events`,
  /** @type {(events: number) => string} */
  whole: (events) => `Nothing is wrong with the chain: each of its ${events} events gives its hash and follows the one before it.`,
  /** @type {(faults: number) => string} */
  notWhole: (faults) => `THE AUDIT IS NOT WHOLE. Faults: ${faults}`,
  faults: {
    /** @type {(n: number) => string} */
    missing: (n) => `Event ${n}: those before it are missing. They were deleted, or moved to another number.`,
    /** @type {(n: number) => string} */
    unlinked: (n) => `Event ${n} does not follow the one before it. One of the two was put in, exchanged or rewritten.`,
    /** @type {(n: number) => string} */
    altered: (n) => `Event ${n}: its content does not give its hash. It was changed after it was written, or made up.`,
    /** @type {(n: number) => string} */
    contradicted: (n) => `Event ${n} is not the one that was kept elsewhere. The audit up to it was rewritten.`,
    /** @type {(n: number) => string} */
    short: (n) => `Event ${n} is the last one, but more were chained. Those behind it are missing.`,
    /** @type {(n: number) => string} */
    replaced: (n) => `Event ${n} is the last one, but not the one that was chained last.`,
    /** @type {(n: number) => string} */
    cut_off: (n) => `Event ${n} is the last one, but a later one was kept elsewhere. The end was deleted, or the database was put back.`,
  },
  moreFaults: "There are more faults than are shown.",
  callFor: "Touch nothing, and have somebody who does not run this machine look at it. `wardwatch audit verify` names everything.",
  /** @type {(n: number, at: string) => string} */
  published: (n, at) => `Agrees with the head that the broker keeps: no. ${n}, of ${at}. Nobody can delete it there.`,
  notPublished: "The broker gave no head: nothing was compared with it.",
  /** @type {(n: number, at: string) => string} */
  kept: (n, at) => `Agrees with the head that this browser kept: no. ${n}, of ${at}.`,
  notKept: "This browser had kept no head. It keeps this one from now on.",
  /** @type {(n: number) => string} */
  givenAgrees: (n) => `Agrees with the head that you gave: no. ${n}.`,
  head: "The head now",
  headText: "With it anybody can prove later that nothing before it was changed. Copy it onto paper, or save it away from this machine.",
  saveHead: "Save the head as a file",
  limits: "What this does not show",
  limitList: [
    "This page, and what has just computed, come from the machine that keeps the audit. Whoever rules that machine can have it show anything.",
    "Only a head that was kept elsewhere shows that nobody rewrote everything up to it: `wardwatch audit verify --since-file FILE`, run by somebody who does not run this machine.",
    "Whether the tables agree with the events, and whether what writes them is as it was made, only that command looks at.",
    "An export as JSON lines can be recomputed on any other computer with Python alone: `python3 transparency.py FILE MONTH`.",
  ],
};
