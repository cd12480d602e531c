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
  /** @type {(n: number) => string} */
  waitForYou: (n) => (n === 1 ? "1 waits for you" : `${n} wait for you`),
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
    ended: "ENTRY ENDED", control: "CONTROL PAIR",
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
  auditOf: "Audit of this alert",
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
  similarity: "How alike",
  facePx: "Face px",
  stop: "Stop",
  stopMatching: "Stop matching",
  resumeShort: "Resume",
  matchingRuns: "Matching runs",
  matchingUnknown: "Matching: not known",
  /** @type {(site: string) => string} */
  matchingStoppedAt: (site) => `Matching stopped: ${site}`,
  /** @type {(stopped: number, all: number) => string} */
  matchingStoppedAtMany: (stopped, all) => `Matching stopped at ${stopped} of ${all} sites`,
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
  // signing in, and accounts
  otherWays: "Other ways to sign in",
  byPasskey: "Sign in with a passkey",
  /** @type {(name: string) => string} */
  byOidc: (name) => `Sign in with ${name}`,
  notSignedIn: "Nobody was signed in.",
  myAccount: "My account",
  accounts: "Accounts",
  // The phone: ringing, answers that wait, corrections, what came of it, the start of a shift.
  endedUnsent: "Your session has ended before your last answers were sent. Sign in and give them again.",
  tooLate: "“On my way” could not be sent in time and was dropped. Say it again if you still go.",
  /** @type {(n: number) => string} */
  notSent: (n) => (n === 1 ? "1 answer is not sent yet" : `${n} answers are not sent yet`),
  notSentText: "It is sent as soon as there is a connection.",
  unsentMark: "not sent yet",
  /** @type {(place: string) => string} */
  corrected: (place) => `Corrected: ${place}`,
  correctedText: "What you were told may not hold any more.",
  /** @type {(time: string) => string} */
  correctedAt: (time) => `A verdict was corrected at ${time}.`,
  withdrawn: "Not this person: the instruction is withdrawn. Nobody is to act on it.",
  disputed: "People disagree. Somebody else must compare the faces.",
  disputedYou: "People disagree. Please compare the faces: your verdict is needed.",
  correct: "Correct my verdict",
  correctText: "What do you see now?",
  correctDecided: "This was decided. Your correction is told to everybody who was told before.",
  setAside: "Set aside",
  isSetAside: "set aside",
  /** @type {(time: string) => string} */
  seenAt: (time) => `Seen ${time}`,
  /** @type {(time: string, place: string) => string} */
  alsoSeenAt: (time, place) => `also seen ${time}, ${place}`,
  showPlan: "Show the plan",
  hidePlan: "Hide the plan",
  /** @type {(place: string) => string} */
  planOf: (place) => `Plan of ${place}`,
  iAmThere: "I am there",
  visit: "What came of it",
  arrived: "Arrived",
  whatCame: "What came of it?",
  results: {
    met: "Spoke with the person", handed_over: "Handed over", not_found: "Nobody found", left: "Had left before",
    nothing_needed: "Nothing needed",
  },
  reportLater: "Reported. Shown after your verdict.",
  note: "Note (kept until the entry is erased)",
  finish: "Close",
  checkPhone: "Check this phone",
  shiftTitle: "Start of shift",
  soundCheck: "Sound",
  soundText: "Play it once at the volume you work with.",
  soundHeard: "You heard it.",
  soundNotHeard: "Turn the volume up, switch silent mode off, and play it again.",
  playSound: "Play the alarm",
  didYouHear: "Did you hear it?",
  yes: "Yes",
  no: "No",
  canBackground: "This phone can ring in the background",
  cannotBackground: "This phone cannot ring in the background",
  background: {
    insecure: "Because this page did not come by https.",
    no_worker: "Because this browser runs no service worker here. Use another browser, and no private window.",
    not_installed: "Because the page is not on the home screen. Share, “Add to Home Screen”, and open it from there.",
    no_push: "Because this browser takes no pushes.",
    not_served: "Because this Wardwatch sends no pushes. Keep the page in front.",
    denied: "Because notifications are denied. Allow them for this page in the browser's settings.",
    not_asked: "Because nobody has allowed notifications yet.",
    not_subscribed: "Because this phone is not registered yet.",
    not_proven: "Because no push has come to this phone today. Try it.",
    proven: "A push came to this phone.",
  },
  tryPush: "Try a push",
  pushOnItsWay: "A push is on its way",
  pushMissed: "No push came within 30 seconds. Keep the page in front.",
  screenCheck: "Screen",
  screenOn: "It stays on while this page is in front.",
  batteryCheck: "Battery",
  batteryText: "Turn battery saver off and let this app run in the background, or the phone delays what rings. Charge it.",
  duty: "Duty",
  dutyNotKnown: "This Wardwatch keeps no duty roster.",
  /** @type {(sites: string) => string} */
  onDutyAt: (sites) => `You are on duty at ${sites}.`,
  offDuty: "You are off duty: nobody counts on this phone.",
  /** @type {(site: string) => string} */
  goOn: (site) => `Go on duty at ${site}`,
  /** @type {(site: string) => string} */
  goOff: (site) => `Go off duty at ${site}`,
  shiftDone: "To the alerts",
  // A camera that is not missed any more.
  forget: "Do not miss it any more",
  /** @type {(camera: string) => string} */
  forgetNamed: (camera) => `Do not miss it any more: ${camera}`,
  /** @type {(camera: string) => string} */
  forgetText: (camera) => `Nobody is told that ${camera} is silent, until it sends again.`,
  // a one-time code for somebody
  codeMade: "One-time code",
  codeQr: "QR code: open it with the phone's camera",
  /** @type {(time: string) => string} */
  codeText: (time) => `Good once, until ${time}. Codes from before are void. It is not shown again.`,
  codeHere: "This address opens on this machine alone. For a phone, open this page by the address that phones use, and make the code there.",
  codeLink: "Or open this address on the phone:",
  // Control pairs.
  controlPair: "This was a control pair",
  controlSame: "Both faces are one person's.",
  controlTwo: "The faces are two people's.",
  controlRight: "Your answer was right.",
  controlWrong: "Your answer was wrong.",
  controlOpen: "You could not tell.",
  controlWhy: "Nobody was alarmed by it. Such pairs, of people who agreed, measure now and then how often reviewers err.",
  reviewing: "Control pairs",
  /** @type {(name: string, shown: number) => string} */
  controlsShown: (name, shown) => `${name} · ${shown} shown`,
  /** @type {(n: number, of: number) => string} */
  wrongSame: (n, of) => `${n} of ${of} pairs of two people taken for one person`,
  /** @type {(n: number, of: number) => string} */
  wrongNotSame: (n, of) => `${n} of ${of} pairs of one person taken for two`,
  /** @type {(n: number, of: number) => string} */
  couldNotTell: (n, of) => `${n} of ${of} could not be told`,
  /** @type {(low: number, high: number) => string} */
  between: (low, high) => `(95 %: ${low} to ${high} %)`,
};
