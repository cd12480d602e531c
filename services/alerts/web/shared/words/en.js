// English.

export const en = {
  tagline: "Security alerts",
  codeLabel: "One-time code",
  codeHint: "From your supervisor or the set-up screen. It works once.",
  start: "Start shift",
  starting: "Signing in",
  insecure: "Open this page by https, or on the machine itself: this connection cannot keep a session.",
  offline: "No connection to Wardwatch. Trying again.",
  ended: "Your session has ended. Ask for a new code.",
  unconfirmed: "Not sent. Try again.",
  signOut: "Sign out",
  watchlist: "Watchlist",
  status: {
    away: "Connecting", silent: "Cannot ring", stopped: "Matching stopped", partly: "Receiving in part", well: "Receiving",
    no: "Alerts do not work", degraded: "Alerts work in part",
  },
  cannotRing: "CANNOT RING",
  tapForSound: "Tap here once to turn sound on.",
  stillSilent: "Still no sound. Open this page in another browser.",
  soundOn: "SOUND IS ON",
  soundOnText: "New alerts ring.",
  sleepy: "The screen may go dark",
  sleepyText: "Then nothing rings. Turn battery saver off.",
  /** @type {(time: string) => string} */
  lastCheck: (time) => `Last check ${time}`,
  notReceiving: "NOT RECEIVING ALERTS",
  /** @type {(age: string) => string} */
  reconnecting: (age) => `reconnecting ${age}`,
  allQuiet: "No alerts",
  noOpen: "No open alerts",
  noNew: "No new alerts",
  /** @type {(n: number) => string} */
  stillOpen: (n) => (n === 1 ? "1 alert is not decided yet." : `${n} alerts are not decided yet.`),
  chooseOne: "Nobody is on the way yet. Choose one from the list.",
  openFirst: "Open the first",
  notKnown: "Alerts not known",
  notKnownText: "The list is being read.",
  /** @type {(status: string) => string} */
  butText: (status) => `${status}: a new alert may not be noticed.`,
  quietText: "Receiving. A new alert opens by itself.",
  today: "Alerts",
  back: "All alerts",
  /** @type {(n: number) => string} */
  newAlerts: (n) => (n === 1 ? "1 new alert" : `${n} new alerts`),
  /** @type {(n: number) => string} */
  moreAlerts: (n) => (n === 1 ? "1 more new alert" : `${n} more new alerts`),
  groups: { new: "New", open: "Not decided yet", over: "Closed" },
  open: "Open",
  state: {
    new: "NEW", responding: "RESPONDING", confirmed: "CONFIRMED", rejected: "NOT THIS PERSON", unresolved: "UNRESOLVED",
    ended: "ENTRY ENDED",
  },
  watchlistPhoto: "Watchlist photo",
  cameraNow: "Camera",
  noPicture: "Picture deleted",
  notShown: "Not shown any more",
  pictureAway: "Picture not available now",
  facesWithheld: "Faces are shown to those who answer alerts.",
  noGround: "No longer on the list",
  whatToDo: "What to do",
  noInstruction: "No instruction: the entry is gone from the list.",
  entryEnded: "This entry has ended or is suspended. Nobody needs to go there.",
  where: "Where",
  seen: "Seen",
  site: "site",
  alsoSeen: "Also seen at",
  care: "A possible match. It never affects access to treatment.",
  onMyWay: "On my way",
  /** @type {(who: string) => string} */
  responding: (who) => `${who} is on the way`,
  youRespond: "You are on the way",
  compare: "Compare faces",
  question: "Is this the same person?",
  same: "Same person",
  notSame: "Not this person",
  cannotTell: "Can't tell",
  cancel: "Back",
  /** @type {(verdict: string) => string} */
  mine: (verdict) => `Your verdict: ${verdict}`,
  waiting: "Another person must compare the faces too.",
  label: "On the list as",
  strength: "Strength",
  strong: "Strong",
  possible: "Possible",
  /** @type {(n: number) => string} */
  frames: (n) => (n === 1 ? "1 sighting" : `${n} sightings`),
  verdicts: "Verdicts",
  details: "Details",
  walk: "Walk",
  similarity: "Cosine",
  facePx: "Face px",
  stop: "Stop",
  stopMatching: "Stop matching",
  /** @type {(site: string) => string} */
  stopText: (site) => `No face at ${site} will be compared with the watchlist until a supervisor resumes it.`,
  /** @type {(site: string) => string} */
  resumeText: (site) => `Faces at ${site} will be compared with the watchlist again.`,
  resume: "Resume matching",
  reason: "Reason (recorded)",
  /** @type {(disk: string, room: string) => string} */
  diskShort: (disk, room) => `Disk of the ${disk}: ${room}. Call whoever runs Wardwatch.`,
  diskFull: "FULL",
  /** @type {(gigabytes: string) => string} */
  roomLeft: (gigabytes) => `${gigabytes} GB left`,
  /** @type {(gigabytes: string, hours: number) => string} */
  roomLeftFor: (gigabytes, hours) => `${gigabytes} GB left, for about ${hours === 1 ? "1 hour" : `${hours} hours`}`,
  /** @type {Record<string, string>} */
  disks: { broker: "broker", database: "database" },
  /** @type {(stream: string, time: string) => string} */
  streamRepaired: (stream, time) =>
    `Somebody or something changed ${stream} on the broker. It was put right at ${time}. Tell whoever runs Wardwatch.`,
  /** @type {(camera: string, site: string) => string} */
  cameraTrouble: (camera, site) => `Camera ${camera} at ${site}`,
  /** @type {Record<string, string>} */
  troubles: {
    too_fast: "It sends too fast: what is beyond its limit is dropped. People may pass it unseen.",
    empty: "Its pictures arrive empty. It sees nobody.", not_jpeg: "What it sends is no JPEG. It sees nobody.",
    too_many_bytes: "Its pictures are refused: too many bytes. It sees nobody.",
    too_many_pixels: "Its pictures are refused: too many pixels. It sees nobody.",
    too_small: "Its pictures are refused: too small. It sees nobody.",
    truncated: "Its pictures arrive cut off. It sees hardly anybody.",
    corrupt: "Its pictures arrive damaged. It sees hardly anybody.",
    unsupported: "Its pictures are refused: a kind of JPEG that is not read. It sees nobody.",
  },
  /** @type {(site: string) => string} */
  stopped: (site) => `Matching is stopped at ${site}`,
  /** @type {(n: number) => string} */
  notStored: (n) => `On ${n === 1 ? "1 matcher" : `${n} matchers`}, NOT STORED yet: the broker's disk may be full.`,
  /** @type {(hours: number, minutes: string) => string} */
  hours: (hours, minutes) => `${hours} h ${minutes}`,
  /** @type {(days: number, hours: number) => string} */
  days: (days, hours) => `${days} d ${hours} h`,
  zoom: "Enlarge both faces",
  close: "Close",
  hidden: "Tap to show the faces",
  categories: {
    scalping: "Ticket scalping", violence: "Violence", threat: "Threat", theft: "Theft", ban: "Barred from premises",
    court_order: "Court order",
  },
};
