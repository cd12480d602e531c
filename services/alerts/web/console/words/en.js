// English.
/** @import { Scope } from "../../types/openapi" */
/** @import { EntryAction } from "../../types/page" */

/** @type {(n: number, one: string, many?: string) => string} */
const s = (n, one, many) => (n === 1 ? `1 ${one}` : `${n} ${many ?? `${one}s`}`);
/** @type {(seconds: number) => string} */
const span = (seconds) => (seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`);

export const en = {
  sections: "Sections",
  alerts: "Alerts",
  watchlist: "Watchlist",
  imports: "Imports",
  policy: "Threshold",
  policyTitle: "Threshold and reviews",
  audit: "Audit",
  running: "Operations",
  auditOf: "Audit of this entry",
  loading: "Loading",
  noAnswer: "No answer. It may or may not be done: look again before you repeat it.",
  cancel: "Cancel",
  more: "Show more",
  reason: "Reason (recorded)",
  reasonLabel: "Reason",
  /** @type {Record<string, string>} */
  ownReasons: {}, // what the program itself gives as the reason is in English
  choose: "Choose",
  all: "All",
  state: "State",
  groups: { living: "Current", ended: "Ended" },
  over: "over",
  /** @type {(years: number, months: number) => string} */
  inYears: (years, months) => `in ${s(years, "year")}${months > 0 ? ` ${s(months, "month")}` : ""}`,
  /** @type {(months: number) => string} */
  inMonths: (months) => `in ${s(months, "month")}`,
  /** @type {(days: number) => string} */
  inDays: (days) => `in ${s(days, "day")}`,
  /** @type {(hours: number, minutes: number) => string} */
  inHours: (hours, minutes) => `in ${hours} h ${minutes} min`,
  states: {
    draft: "Draft", pending: "Pending", active: "Active", suspended: "Suspended", expired: "Expired", revoked: "Revoked",
    erased: "Erased",
  },
  verdicts: { ready: "Ready", warning: "Warning", rejected: "Rejected" },
  verdict: "Verdict",
  /** @type {(scope: Scope) => string} */
  where: ({ kind = "network", group, sites = [] }) =>
    kind === "network" ? "All sites"
      : kind === "group" ? `${group}${sites.length > 0 ? ` (${sites.join(", ")})` : ""}`
        : sites.join(", "),

  // the list
  addPerson: "Add a person",
  nobody: "Nobody is on the list yet.",
  nobodyInState: "Nobody is in this state.",
  nobodyFound: "Nobody is found by this.",
  search: "Search",
  searchHint: "Name, file number, last digits, author, file name",
  sort: "Order",
  sorts: { changed: "Changed last", label: "By name", ends: "Ends first" },
  waitsForMe: "Waits for me",
  nothingWaits: "Nothing waits for you.",
  showFaces: "Show faces",
  hideFaces: "Hide faces",
  help: "Help",
  listHelp: "Search finds by name, file number, last digits, author and photo name, also when several words are typed. Press / to search, ↓ and ↑ to go from person to person, Enter to open one. Faces are shown only when you ask for them, and each look is recorded.",
  endings: {
    link: "Who ends when", title: "Who ends when",
    text: "Each number says how many people have that day as their last. Whoever is to stay is opened and renewed; another account approves.",
    months: "Months", before: "Month before", after: "Month after", nobody: "Nobody ends then.",
    /** @type {(day: string, n: number) => string} */
    onDay: (day, n) => `${day}: ${s(n, "person ends", "people end")}`,
  },
  noLabel: "No label",
  author: "Author",
  approver: "Approved by",
  putForwardBy: "Put forward by",
  photos: "Photos",
  expires: "Ends",
  needsApproval: "needs approval",

  // an entry
  statement: "What is said",
  label: "Label",
  labelHint: "What guards call the person. No identity number.",
  category: "Ground",
  basis: "Basis",
  basisHint: "The decision or law, with its reference.",
  evidence: "Evidence",
  evidenceHint: "Where the proofs lie.",
  instruction: "Instruction",
  instructionHint: "What a guard should do. Shown in large letters.",
  note: "Note",
  noteHint: "Sealed; not shown to guards.",
  scope: "Where",
  everywhere: "All sites",
  atSites: "Named sites",
  inGroup: "A group of sites",
  group: "Group",
  otherSites: "Other sites, separated by commas",
  lastDay: "Last day",
  /** @type {(latest: string) => string} */
  expiryHint: (latest) => `Two years, unless the ground allows less. ${latest} at the latest.`,
  identityNumber: "Identity number",
  identityHint: "Sealed apart. Only four digits are shown.",
  externalId: "Your own number",
  externalHint: "The person's number in your files, if there is one.",
  wordsAreFixed: "You can change all of this until the person is submitted.",
  toPhotos: "Go on to photos",
  stepWords: "Details",
  stepSubmit: "Submit",
  lastReason: "Last reason",
  import_: "Import",
  openImport: "Open the import",
  history: "History",
  changedDraft: "Changed the draft",
  /** @type {(who: string, day: string) => string} */
  renewalWaits: (who, day) => `${who} asks for a later end: ${day}. Another account approves it.`,
  ownEntry: "You put this person forward. Another account must approve.",
  resembles: "This person looks like others. Say below of each whether they are one person, then submit.",

  // what can be done
  acts: {
    submit: "Submit", edit: "Edit", discard: "Discard", approve: "Approve", sendBack: "Send back", takeBack: "Take back",
    refuse: "Refuse", approveRenewal: "Approve later end", dropRenewal: "Decline later end", amend: "Change", merge: "Merge",
    suspend: "Suspend",
    resume: "Resume", renew: "Renew", revoke: "Revoke", erase: "Erase",
  },
  /** @type {(act: EntryAction, label: string) => string} */
  actTitle: (act, label) => `${en.acts[act]}: ${label || en.noLabel}`,
  actTexts: {
    suspend: "The person no longer matches until somebody resumes.",
    resume: "The person matches again.",
    revoke: "The person stops matching for good. Data stay until they are erased.",
    renew: "The entry stands as it did until another account approves.",
    discard: "The draft and its photos are erased.",
    amend: "You change a copy: words, ground, photos. This entry matches as it stands until another account approves the change.",
    merge: "Choose the other entry of this person. Once another account approves, this one has the photos of both and the other ends. It can be undone.",
    sendBack: "It becomes a draft again. Its author reads your comment, amends it and submits it again.",
    takeBack: "It becomes a draft again, and nobody can approve it until it is submitted again.",
    refuse: "It ends here for good. To have it amended instead, send it back.",
    dropRenewal: "The entry ends when it would have ended. A later end can be asked for again.",
  },
  comment: "What is to be changed (recorded)",
  /** @type {(n: number) => string} */
  openFaces: (n) => (n === 1 ? "Open the face" : `Open all ${n} faces`),
  facesFirst: "Look at the faces before you approve. Each look is recorded.",
  /** @type {(who: string, at: string) => string} */
  sentBack: (who, at) => `${who} sent this back, ${at}:`,
  mergeWith: "The other entry",
  nothingSaid: "nothing",
  change: {
    chip: "Change", title: "What changes", text: "Nothing changes until another account approves.",
    parts: "Two people after all: the other one matches again once another account approves.",
    asItStands: "As it stands now", nothing: "Nothing is changed yet.", added: "Photos added", removed: "Photos taken out",
    open: "Open the change",
    /** @type {(who: string) => string} */
    waits: (who) => `${who} is changing this person. What is shown here stands until the change is approved.`,
  },
  merged: {
    title: "Merged", undo: "Part them again", into: "Merged into another entry of this person",
    undoText: "They are two people after all. Once another account approves, the other one matches again and its photos leave this one.",
    /** @type {(who: string, at: string, photos: number) => string} */
    by: (who, at, photos) => `${who}, ${at} · ${s(photos, "photo")}`,
    /** @type {(who: string, at: string) => string} */
    undone: (who, at) => `undone by ${who}, ${at}`,
  },
  save: "Save",
  eraseText: "Photos, words and number are destroyed on every matcher and in the record. There is no way back.",
  typeErase: "Type ERASE",
  orHold: "Or leave it empty and hold the button.",
  holdToErase: "Hold to erase",
  keepHolding: "Keep holding",
  erasure: "Erasure",
  /** @type {(signed: number, all: number) => string} */
  signed: (signed, all) => `${signed} of ${s(all, "matcher")} ${all === 1 ? "has" : "have"} signed`,
  erasureComplete: "Complete",
  /** @type {(at: string) => string} */
  letGo: (at) => `let go ${at}`,
  owed: "not signed yet",
  /** @type {(at: string) => string} */
  owedSilent: (at) => `silent since ${at}`,
  erasedBy: "Erased by",
  keyDestroyed: "Key destroyed",
  streamPurged: "Stream cleaned",
  notYet: "not yet",
  erasedPerson: "Erased person",
  goingLive: "On its way to the matchers",
  /** @type {(live: number, all: number, seconds: number) => string} */
  live: (live, all, seconds) => `Live on ${live} of ${s(all, "matcher")} after ${seconds.toFixed(1)} s`,
  /** @type {(live: number, all: number) => string} */
  liveSoFar: (live, all) => `Live on ${live} of ${s(all, "matcher")} so far`,
  /** @type {(names: string) => string} */
  silent: (names) => `Silent: ${names}`,
  /** @type {(names: string) => string} */
  locked: (names) => `Entries that cannot match, for their data key cannot be used: ${names}`,
  reveal: "Reveal the number",
  revealText: "Reading it is recorded with your reason. It is hidden again after 30 seconds.",
  hide: "Hide",
  forAlert: "For the confirmed alert",
  noConfirmedAlert: "A supervisor reads it only for a confirmed alert of this person. There is none among the latest.",

  // photos
  /** @type {(n: number) => string} */
  photo: (n) => `Photo ${n}`,
  noPhotos: "No photo yet.",
  looksRecorded: "Each look at a face is recorded.",
  show: "Show",
  /** @type {(what: string) => string} */
  showFace: (what) => `Show ${what}`,
  /** @type {(what: string) => string} */
  hideFace: (what) => `Hide ${what}`,
  /** @type {(day: string) => string} */
  taken: (day) => `taken ${day}`,
  undated: "day not known",
  measures: { face: "Face", eyes: "Eyes apart", turned: "Turned", tilted: "Tilted", sharpness: "Sharpness", brightness: "Brightness" },
  /** @type {(value: string, limit: string) => string} */
  measure: (value, limit) => `${value} (limit ${limit})`,
  accept: "Accept",
  /** @type {(n: number) => string} */
  acceptWarnings: (n) => `Accept ${s(n, "warning")}`,
  /** @type {(reason: string) => string} */
  accepted: (reason) => `Accepted: ${reason}`,
  /** @type {(at: string, reason: string) => string} */
  photoSuspended: (at, reason) => `Suspended ${at}: ${reason}`,
  releasePhoto: "Let it match again",
  releaseText: "Look at the photo first: alerts with it were judged wrong.",
  severalPeople: "These photos do not show the same person, and which is the right one cannot be told from the faces. Look at them and remove the photos of anybody else. If all show this person, add one that resembles both.",
  severalPeopleFixed: "These photos do not show the same person. Look at them; where they do show two people, revoke this entry and begin another.",
  severalPeopleShort: "Photos show several people",
  samePersonShort: "Matches twice",
  /** @type {(n: number) => string} */
  personShown: (n) => `Person ${n}`,
  removePhoto: "Remove the photo",
  removePhotoText: "It is erased from this draft. The other photos are compared again.",
  addPhotos: "Add photos",
  goodPhoto: "Best: from the front, even light, face at least 112 px wide, no glasses or mask.",
  photoSource: "Source of the photos",
  photoSourceHint: "For example: police notice 2026/17.",
  photoTaken: "Taken on (if known)",
  photoFiles: "Photos",
  formats: "JPEG, PNG, WebP, HEIC, AVIF, TIFF, BMP or GIF, up to 15 MB.",
  /** @type {(n: number) => string} */
  judging: (n) => `Judging ${s(n, "photo")}`,
  kept: "Kept.",
  notKept: "Not kept.",
  /** @type {(most: number) => string} */
  tooManyPhotos: (most) => `A person has at most ${most} photos.`,
  tooManyBytes: "Larger than 15 MB. Make it smaller.",

  // look-alikes
  likenesses: "Looks like",
  strengths: { probably_same: "Probably the same person", alike: "Look alike" },
  showBoth: "Show both faces",
  undecided: "Nobody has decided yet.",
  isItOne: "One person? Say why",
  decisions: { same_person: "Same person", different_people: "Different people" },
  decisionHint: "Same person: this entry takes the other's place once it is approved. Different people: both then need a closer match.",
  sameHint: "Once this entry is approved, the other one ends. To keep the other as it is, discard this draft.",
  takePhotos: "Take over its photos",
  replaces: "The same person. When this is approved, these end:",
  replacedBy: "The same person. Its place is taken by",
  anotherEntry: "another entry",

  // imports
  newImport: "New import",
  noImports: "No imports yet.",
  goOn: "go on",
  people: "People",
  peopleOfImport: "People of this import",
  countsOf: "How many came to what",
  lines: "Lines of people.csv",
  read: "Read",
  notSent: "Could not be sent",
  drafts: "Drafts",
  outcome: "Outcome",
  outcomes: { question: "Question", refused: "Refused", warning: "Warning", listed: "Already listed", ready: "Ready" },
  sortBy: "Order",
  itemSorts: { need: "What needs somebody first", name: "By name" },
  /** @type {(n: number) => string} */
  line: (n) => `people.csv, line ${n}`,
  /** @type {(id: string, line: number) => string} */
  itIs: (id, line) => `It is ${id}, line ${line}`,
  wholePerson: "All photos of this person",
  reportColumns: ["outcome", "name", "number", "file or line", "finding", "measured", "limit", "what to do", "kind", "outcome code", "finding code"],
  waitsFor: {
    server: "Waits for the server: it does not answer.",
    /** @type {Record<string, string>} */
    services: { detector: "Waits for the detector: none answers.", embedder: "Waits for the embedder: none answers." },
    goesOn: "Goes on by itself.",
    paused: "Paused. Waits for you to go on.",
    files: "Waits for files.",
    /** @type {(missing: number, judged: number) => string} */
    missing: (missing, judged) => `Waits for ${s(missing, "file")} that ${missing === 1 ? "was" : "were"} not sent. ${judged} need not be sent again: choose the same files, and only the others go.`,
    /** @type {(n: number) => string} */
    answers: (n) => `Waits for an answer to ${s(n, "question")}, such as whose a photo without a line is.`,
    look: "Look",
    lastStep: "To the last step",
    /** @type {(n: number) => string} */
    pairs: (n) => `Waits for a decision on ${s(n, "pair")} who look alike.`,
    /** @type {(n: number) => string} */
    commit: (n) => `Waits for somebody to put ${s(n, "person", "people")} forward.`,
    /** @type {(n: number, author: string) => string} */
    me: (n, author) => `Waits for you: ${s(n, "person", "people")} imported by ${author} can be approved.`,
    /** @type {(n: number, author: string) => string} */
    another: (n, author) => `Waits for a second person, another than ${author}: ${s(n, "person", "people")} to approve. Another account must approve.`,
  },
  /** @type {(folders: string) => string} */
  goOnWith: (folders) => `Go on with ${folders}`,
  foldersGone: "What was chosen before is not there any more, or has changed. Choose the files again; what was judged is not sent again.",
  batchStates: { open: "Open", committed: "Committed", undone: "Undone", discarded: "Discarded" },
  steps: "Steps",
  importSteps: { purpose: "Purpose", files: "Files", check: "Check", duplicates: "Duplicates", commit: "Commit" },
  purposeText: "This holds for everybody whose row in people.csv says nothing else.",
  purposeFixed: "The purpose is fixed. For another one, begin a new import.",
  usualExpiry: "two years, or as long as the ground allows",
  anotherApproves: "Another account must approve.",
  toFiles: "Go on to files",
  noMoreFiles: "This import takes no more files.",
  namingText: "Name photos externalId__1.jpg, or put each person's photos into a folder of their own. A people.csv beside them adds words for each person, under the same ids.",
  template: "Template for people.csv",
  folder: "A folder",
  folderHint: "With its subfolders.",
  severalFiles: "Or several files, or a zip",
  orDrop: "A folder, files or a zip can also be dropped here.",
  comesBack: "After a reload the page goes on with what you chose, once you allow it.",
  doesNotComeBack: "This browser does not let a page come back to files: after a reload you choose them again, and what was judged is not sent again.",
  /** @type {(n: number, some: string) => string} */
  withoutTable: (n, some) => `There is no people.csv: ${s(n, "person", "people")} will go by the names of files and folders (${some} …), with the purpose's instruction and last day.`,
  /** @type {(file: string) => string} */
  brokenZip: (file) => `${file} is no zip, or is damaged. Make it anew.`,
  zipNames: "The zip does not say in which encoding its names are. Which line reads right?",
  /** @type {Record<string, string>} */
  encodings: { gb18030: "Chinese, simplified", big5: "Chinese, traditional", shift_jis: "Japanese", "windows-1252": "Western European" },
  /** @type {(n: number) => string} */
  picked: (n) => `${s(n, "photo")} chosen,`,
  withPeople: "with people.csv.",
  withoutPeople: "without people.csv.",
  aboutTable: {
    /** @type {(files: string) => string} */
    severalTables: (files) => `Which people.csv holds? There are several: ${files}. Leave one in the folder.`,
    /** @type {(file: string) => string} */
    workbook: (file) => `${file} is a workbook, which is not read. Save it as CSV UTF-8 under the name people.csv, or move it away.`,
    /** @type {(file: string) => string} */
    isItTheTable: (file) => `Is ${file} the table of people? Then rename it to people.csv; otherwise move it away.`,
  },
  /** @type {(what: string) => string} */
  mayBeMeant: (what) => `Perhaps meant: ${what}`,
  /** @type {(path: string) => string} */
  peopleAt: (path) => `${path} is taken for everybody.`,
  /** @type {(path: string) => string} */
  aroundAll: (path) => `${path} is taken for a folder around the whole import, and not for a person.`,
  /** @type {(files: string) => string} */
  passedOver: (files) => `Passed over: ${files}`,
  checkFiles: "Check the files",
  chooseFiles: "Choose files",
  /** @type {(done: number, total: number) => string} */
  progress: (done, total) => `${done} of ${s(total, "file")}`,
  stages: {
    sending: "Judging", waiting: "Waiting for the server; goes on by itself", paused: "Paused", done: "All files are judged", failed: "Stopped", stopped: "Stopped",
  },
  /** @type {(n: number) => string} */
  knownBefore: (n) => `${n} judged before`,
  /** @type {(rate: number, seconds: number) => string} */
  speed: (rate, seconds) => `${rate.toFixed(1)} files/s · ${span(seconds)} left`,
  pause: "Pause",
  resume: "Go on",
  noFiles: "No files here.",
  openEntry: "Open the person",
  toDuplicates: "Go on to duplicates",
  comparing: "Comparing everybody with everybody and with the list",
  noLikenesses: "Nobody looks like anybody else.",
  /** @type {(n: number) => string} */
  toDecide: (n) => (n === 0 ? "Every pair is decided." : `${s(n, "pair")} to decide.`),
  toCommit: "Go on to commit",
  undecidedPairs: "Undecided pairs",
  committedAt: "Committed",
  waitForApproval: "Put forward, wait for approval",
  matching: "Matching now",
  undoUntil: "Can be undone until",
  reportUntil: "Report is kept until",
  reportGone: "Report was deleted",
  commitText: "Everybody is put forward at once, or nobody. They match once another account approves.",
  decideNow: "Decide",
  endsByItself: "Left alone, ends by itself",
  /** @type {(people: number, rejected: number) => string} */
  leaveOut: (people, rejected) => `Leave out ${s(people, "person", "people")} and ${s(rejected, "rejected photo or line", "rejected photos or lines")}`,
  /** @type {(n: number) => string} */
  acceptAll: (n) => `Accept all warnings (${s(n, "photo")})`,
  /** @type {(n: number) => string} */
  commit: (n) => `Commit ${s(n, "person", "people")}`,
  committing: "Committing",
  /** @type {(n: number) => string} */
  approveAll: (n) => `Approve ${s(n, "person", "people")}`,
  report: { csv: "Download the report (CSV)", json: "Download the report (JSON)" },
  undo: "Undo the import",
  /** @type {(n: number) => string} */
  undoText: (n) => `${s(n, "person", "people")} of this import will be revoked and erased. Entries whose place they took do not come back.`,
  discardImport: "Discard the import",
  discardText: "All its drafts and its report are erased.",

  reviewers: {
    title: "How many must agree",
    text: "So many different people must give the same verdict before an alert counts as confirmed or rejected. An alert that is raised keeps its number.",
    everywhere: "Everywhere",
    where: "Where",
    another: "Propose another number",
    how: "Must agree",
    site: "Site",
    siteHint: "Empty: everywhere.",
    /** @type {(count: number | null) => string} */
    people: (count) => (count === null ? "As everywhere" : count === 1 ? "1 person" : `${count} people`),
  },

  // threshold and reviews
  threshold: "Threshold: how alike a face must be",
  thresholdText: "From 0 to 1. A face that is at least so much like a photo of the list counts as seen. Higher: fewer false alerts, and more people are missed.",
  since: "Since",
  askedBy: "Asked by",
  floor: "Floor",
  waits: "Waits for approval",
  withdraw: "Take back",
  askThreshold: "Propose another threshold",
  newThreshold: "New threshold, from 0 to 1",
  /** @type {(floor: string) => string} */
  notBelow: (floor) => `Not below ${floor}, the floor of the accuracy report.`,
  ask: "Propose",
  budget: "Budget for false alerts",
  noBudget: "None",
  /** @type {(count: string) => string} */
  aWeek: (count) => `${count} a week`,
  budgetText: "At most so many false alerts a week at each site: how alike one walk must be to raise an alert follows from it, camera by camera.",
  budgetNotYet: "Computed within a minute.",
  nothingCounted: "No camera has counted enough walks yet; until then measured figures hold.",
  /** @type {(site: string) => string} */
  expectedAt: (site) => `Expected at ${site}`,
  /** @type {(budget: string, missed: string) => string} */
  budgetNotMet: (budget, missed) => `This budget of ${budget} a week cannot be met: even so ${missed} of listed people would be missed.`,
  expectedAlerts: "False alerts a week (95 %)",
  missedOf: "Listed people missed",
  /** @type {(several: string, one: string) => string} */
  missedShares: (several, one) => `${several} of who shows several views, ${one} of who shows one`,
  judgedWrong: "Judged wrong so far",
  /** @type {(rejected: number, expected: string) => string} */
  ofExpected: (rejected, expected) => `${rejected}, with ${expected} expected`,
  camera: "Camera",
  alertFrom: "Alert from",
  walksCounted: "Walks counted",
  choices: "What a budget costs",
  missedSeveral: "Missed, several views",
  missedOneView: "Missed, one view",
  cannotBeMet: "cannot be met",
  newBudget: "False alerts a week that can be borne",
  newBudgetHint: "At each site; empty: no budget, alerts as shipped.",
  floorFrom: "Where the floor comes from",
  dataset: "Data set",
  listSize: "List size",
  missed: "Missed",
  falseAlarms: "False",
  measuredOn: "Measured",
  /** @type {(part: number) => string} */
  share: (part) => `${(part * 100).toFixed(part < 0.01 ? 2 : 1)} %`,
  reportText: "For one frame. False: share of faces not on the list that reach the floor; in brackets the upper end of the 95 % interval.",
  reviews: "Monthly review",
  reviewsText: "Photos of several people, two entries of one person, false alerts of the last 30 days, suspended photos, entries that end soon.",
  nothingToReview: "Nothing to review.",
  /** @type {(n: number) => string} */
  falseAlerts: (n) => s(n, "false alert"),
  /** @type {(n: number) => string} */
  suspendedPhotos: (n) => `${s(n, "photo")} suspended`,
  endsSoon: "Ends soon",

  accuracy: {
    section: "Accuracy",
    title: "How well people are recognised",
    text: "An alert is never a verdict: people compare two faces and decide. These figures say how often the system errs before that.",
    recogniser: "Recogniser",
    none: "No report says how well this recogniser works.",
    dataset: "Measured with",
    measuredOn: "Measured on",
    holdsUntil: "The report holds until",
    matchesUntil: "Without another one matching ends",
    digest: "Digest",
    compare: "Compare this digest with whoever asked for it, by another way than this page, before you approve.",
    walks: "People who walk past a camera",
    views: "Seen",
    several: "several views of the face",
    one: "one view only",
    photos: "Photos on the list",
    listed: "People on the list",
    missed: "Listed people missed",
    alerts: "Strangers who raise an alert",
    pictures: "Single pictures, one photo, by threshold",
    threshold: "Threshold",
    taken: "Strangers taken for somebody",
    groups: "By group",
    group: "Group",
    people: "People",
    few: "too few people",
    noGroups: "Not measured: the people in this data declared no group, and nobody guesses it for them.",
    interval: "In brackets: where the true share lies with 95 %, as far as chance in the choice of people goes.",
    limits: "What this cannot tell",
    limitList: [
      "How well it works at your own entrance: light, angle and movement differ from the pictures that were measured.",
      "How well it works for people unlike those in the data.",
      "Whether the recogniser was made with pictures of the same people; then it looks better than it is.",
      "How well it works with masks, in profile, or from above.",
    ],
  },
  roll: {
    title: "Two recognisers side by side",
    text: "A new recogniser is being tried beside the present one. It raises no alert where the present one decides; it is counted how near people who pass come to the list by each.",
    over: "One recogniser alone is at work again.",
    former: "Present recogniser",
    next: "New recogniser",
    /** @type {(made: number, photos: number, leftOut: number, without: number) => string} */
    progress: (made, photos, leftOut, without) =>
      `${made.toLocaleString()} of ${photos.toLocaleString()} photos have a template, ${leftOut.toLocaleString()} yield none; ${without.toLocaleString()} entries that match have none yet`,
    where: "Where",
    by: "By which similarity",
    everyOther: "Every other site",
    asThreshold: "by the list's threshold",
    /** @type {(threshold: number, strong: number) => string} */
    cosines: (threshold, strong) => `a sighting from ${threshold.toFixed(3)}, an alert from ${strong.toFixed(3)}`,
    decides: "decides",
    walks: "People who passed",
    asMany: "Alerts from; as many from",
    /** @type {(site: string, since: string) => string} */
    scores: (site, since) => `${site}: how near people came to the list since ${since}`,
    /** @type {(site: string) => string} */
    notCounted: (site) => `${site}: both have not counted on the same day yet.`,
  },

  // the first hour
  firstHour: "First hour",
  firstSteps: {
    title: "The first hour",
    /** @type {(done: number, all: number) => string} */
    progress: (done, all) => `${done} of ${all} done. A step ticks itself off as soon as the system sees it.`,
    allDone: "All done: an alert was raised and answered. This page is needed no more.",
    finish: "Put this page away",
    done: "Done",
    open: "Open",
    copy: "Copy",
    copied: "Copied",
    openAlerts: "To the alerts",
    whom: "The person's name",
    whomHint: "A-Z a-z 0-9 . _ - with no space, for example li.wei. It cannot be changed.",
    /** @type {Record<string, string>} */
    letIn: { supervisor: "Let this supervisor in", guard: "Let this guard in" },
    handedOver: "I have handed it over",
    orAtTheMachine: "Or at the machine, in another terminal:",
    titles: {
      administrator: "You are an administrator", supervisor: "A supervisor", second: "A second supervisor",
      camera: "A camera sends pictures", person: "A person matches on every matcher", phone: "A guard's phone rings",
      alert: "An alert is answered",
    },
    texts: {
      administrator: "Nobody may administer this installation. On the machine, paste:",
      supervisor: "A supervisor keeps the list. They sign in with the one-time code, or its QR code, that is shown then.",
      second: "Nobody approves what they have put forward, so there are two.",
      camera:
        "The first line gives the camera a credential, the second sends its pictures. Put the camera's address in place of rtsp://…; a film or a folder of pictures will do for a try.",
      person: "For a try, put yourself forward with a photo of your face. A supervisor approves it on their own page.",
      phone:
        "The line shows how a phone comes to trust this page. Then let the guard in, open their QR code on the phone, tap the page once so that it may sound, and try a push there. An answered drill of the line will do instead.",
      alert: "Walk past the camera as the person on the list. The phone rings; on it tap On my way.",
    },
    noTls: "As it runs now, only this machine reaches the page. Stop it with Ctrl-C and start it for phones, by TLS:",
  },

  // how alerts reach people
  joined: {
    /** @type {(by: string) => string} */
    asked: (by) => `is to be joined, says ${by}; another account has to approve it.`,
    /** @type {(n: number) => string} */
    left: (n) => (n > 0 ? `is left; ${s(n, "erasure")} to be closed.` : "is left."),
    /** @type {(by: string, reason: string) => string} */
    suspended: (by, reason) => `is suspended by ${by}: ${reason}`,
    /** @type {(days: number) => string} */
    ended: (days) => `is suspended: nothing was heard of its publisher for ${s(days, "day")}.`,
    unheard: "is joined; nothing has come yet.",
    /** @type {(seconds: number) => string} */
    silent: (seconds) => `is silent for ${span(seconds)}: later changes are not here, everybody listed goes on being looked for.`,
    /** @type {(n: number) => string} */
    differs: (n) => `${s(n, "entry differs", "entries differ")}, being fetched again.`,
    /** @type {(people: number, seconds: number, number: number) => string} */
    same: (people, seconds, number) => `${s(people, "person", "people")}, the same as the publisher's ${span(seconds)} ago, no. ${number}`,
    /** @type {(title: string) => string} */
    entry: (title) => `Of the list “${title}”, which another publisher keeps: it changes there. Here it can be suspended, for a reason.`,
  },
  control: {
    title: "Control pairs",
    text: "Two faces whose truth is known, of people who agreed or of nobody. Now and then a reviewer sees one among the alerts; it measures how often reviewers err. Nobody is ever alarmed by one.",
    shown: "They are shown to reviewers now and then.",
    notShown: "They are shown to nobody.",
    show: "Show them",
    stop: "Show them no more",
    none: "There is none yet.",
    same: "One person",
    two: "Two people",
    shows: "What the two faces show",
    from: "Where the faces are from",
    sources: { consent: "People who agreed", generated: "Generated" },
    colon: ": ",
    grounds: "Grounds",
    groundsHint: "Where their consent is kept, or what made the faces.",
    faces: { watchlist: "Face as on the list", camera: "Face as a camera sees it" },
    /** @type {(who: string, day: string) => string} */
    added: (who, day) => `Added by ${who}, ${day}.`,
    incomplete: "It lacks a picture and is not shown.",
    removeText: "Its pictures are deleted. What it measured stays.",
    add: "Add a control pair",
  },
  cameras: {
    section: "Cameras",
    title: "Cameras",
    none: "No camera has sent a picture yet.",
    sending: "Sending",
    silent: "Silent",
    notExpected: "Not expected",
    camera: "Camera",
    place: "Place",
    plan: "Plan",
    isThere: "there is one",
    zones: "Zones",
    last: "Last picture",
    /** @type {(time: string) => string} */
    ago: (time) => `${time} ago`,
    rate: "Rate",
    /** @type {(n: number) => string} */
    aSecond: (n) => `${n} a second`,
    size: "Size",
    clock: "Clock",
    /** @type {(seconds: number) => string} */
    offset: (seconds) => (Math.abs(seconds) < 1 ? "right" : seconds > 0 ? `${Math.abs(seconds)} s fast` : `${Math.abs(seconds)} s slow`),
    /** @type {(n: number) => string} */
    frames: (n) => `(${s(n, "picture")})`,
    describe: "Say where it is",
    /** @type {(name: string) => string} */
    describeNamed: (name) => `Say where it is: ${name}`,
    name: "What people call the place",
    nameHint: "Guards read it on an alert, for example: Gate 2.",
    building: "Building",
    floor: "Floor",
    planHint: "A picture of the floor with the camera's place marked in it. The one that is there stays if none is chosen.",
    save: "Save",
    atTheMachine: "At the machine",
    atTheMachineText:
      "A camera is added, tried, renamed or removed, and its credential renewed or withdrawn, with the command wardwatch camera on the machine: who serves this page knows no camera's address or password.",
    noPicture: "There is no live picture here: whoever passes a camera is looked at by nobody without an alert.",
  },
  delivery: {
    section: "Delivery",
    title: "How alerts reach people",
    name: "Name",
    nameHint: "A-Z a-z 0-9 _ - with no blank.",
    site: "Site",
    everySite: "Every site",
    comma: ", ",
    /** @type {(act: string, name: string) => string} */
    of: (act, name) => `${act}: ${name}`,
    change: "Change",
    save: "Save",
    takeAway: "Take away",
    byComma: "Separated by commas.",
    noneIsAny: "None ticked: any.",
    rules: "Rules",
    rulesText: "Phones of those on duty ring for every alert. A rule adds channels to that; several may apply.",
    noRules: "No rule: alerts reach phones and open pages alone.",
    addRule: "Add a rule",
    takeRuleAway: "Its channels are used no more, unless another rule names them.",
    grounds: "Grounds",
    everyGround: "every ground",
    everywhere: "every camera",
    onDays: "Days",
    days: ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
    everyDay: "every day",
    from: "From",
    to: "Until",
    allDay: "all day",
    hoursHint: "Both empty: all day. An end before the beginning is on the next day.",
    byChannels: "Channels",
    channelsOfRule: "Used beside phones.",
    phones: "Phones of those on duty",
    people: { in_turn: "Phones ring one after another", at_once: "All phones ring at once" },
    count: "Count before saving",
    /** @type {(rung: number, alerts: number) => string} */
    wouldHaveRung: (rung, alerts) => `This would have rung ${s(rung, "time")} in the last 24 hours, of ${s(alerts, "alert")}.`,
    channels: "Channels",
    channelsText: "Ways beside phones. Addresses are sealed and never shown again.",
    noChannels: "No channel yet.",
    addChannel: "Add a channel",
    inUse: "In use",
    paused: "Paused",
    pause: "Pause",
    resume: "Use again",
    test: "Test",
    /** @type {(what: string) => string} */
    testIs: (what) => `Test: ${what}`,
    /** @type {(who: string, at: string) => string} */
    setBy: (who, at) => `set by ${who}, ${at}`,
    takeChannelAway: "Its address is forgotten. Rules that name it go on without it.",
    medium: "Kind",
    media: { ntfy: "ntfy", wecom: "WeCom", dingtalk: "DingTalk", feishu: "Feishu", mail: "Mail", webhook: "Webhook" },
    address: "Address",
    /** @type {(example: string) => string} */
    addressHint: (example) => `For example ${example}. It may hold a password, and is not shown again.`,
    token: "Token",
    tokenHint: "If the ntfy server asks for one.",
    secretText: "Give this secret to the other system: it signs each message. It is not shown again.",
    noted: "I have noted it",
    saysPlace: "Say the place",
    saysPlaceText: "Messages of these sites say which camera. Whoever passes a lock screen can read it, and push services too.",
    zones: "Zones",
    zonesText: "Named sets of cameras that rules may be for.",
    noZones: "No zone yet.",
    addZone: "Add a zone",
    takeZoneAway: "A rule that names no other zone is for no alert then.",
    cameras: "Cameras",
    otherCameras: "Other cameras",
    onDuty: "On duty",
    onDutyText: "In the order in which their phones ring.",
    nobodyOnDuty: "Nobody is on duty: every phone of the site rings at once.",
    /** @type {(at: string) => string} */
    since: (at) => `since ${at}`,
    /** @type {(n: number) => string} */
    phonesOf: (n) => (n === 0 ? "no phone that can be woken" : s(n, "phone")),
    /** @type {(at: string) => string} */
    provenAt: (at) => `A push came to it ${at}.`,
    notProven: "No push has come to it yet.",
    takeOff: "Take off duty",
    letters: "Never arrived",
    lettersText: "What another system did not take, however often it was tried.",
    noLetters: "Nothing: everything arrived.",
    sendAgain: "Send again",
    /** @type {(n: number) => string} */
    attempts: (n) => `tried ${s(n, "time")}`,
    receipts: "What became of an alert",
    alert: "Alert",
    noReceipts: "Nothing was sent.",
    openAlert: "Open the alert",
    paths: { push: "Phone", ntfy: "ntfy", chat: "Chat or mail", webhook: "Webhook", nats: "Broker", nobody: "Nobody could be told" },
    kinds: {
      raised: "Alert", reopened: "Open again", answered: "Somebody answered", closed: "Over", withdrawn: "Withdrawn",
      corrected: "Corrected", test: "Test",
    },
    states: {
      waiting: "is being sent", retried: "is tried again", sent: "sent", shown: "shown", opened: "opened", answered: "answered",
      failed: "did not arrive", dead: "given up", cancelled: "not needed any more",
    },
    /** @type {(what: string, why: string) => string} */
    because: (what, why) => `${what}: ${why}`,
    /** @type {(status: number) => string} */
    httpStatus: (status) => `the other side answered ${status}`,
    reasons: {
      gone: "nobody is there any more", no_path: "there was no way", unreachable: "no connection", timeout: "no answer in time",
      bad_address: "the address cannot be used", bad_secret: "the secret cannot be used", bad_phone_key: "the phone's keys cannot be used",
      unknown_push_service: "not a known push service", forbidden_address: "nothing is sent to such an address",
      broken_off: "the connection broke off", not_stored: "the broker did not store it", not_taken: "the other side did not take it",
      fault: "a fault of this program", no_incident: "it is about no alert",
    },
    otherReason: "the log of the delivery service says why",
  },

  // lists that hospitals share
  lists: {
    section: "Shared lists",
    title: "Shared lists",
    text: "Lists that this hospital publishes for others, and lists of others that it joined. Whoever asks for something does not approve it.",
    none: "No list is published here, and none is joined.",
    publish: "Publish a list",
    join: "Join a list",
    invite: "Invite a hospital",
    share: "Put an entry on the list",
    /** @type {(name: string) => string} */
    published: (name) => `${name}, published here`,
    /** @type {(entries: number, hospitals: number, number: number) => string} */
    stands: (entries, hospitals, number) => `${s(entries, "person", "people")} at ${s(hospitals, "hospital")}, no. ${number}.`,
    /** @type {(n: number) => string} */
    unpublished: (n) => `${s(n, "statement")} to be published.`,
    /** @type {(title: string) => string} */
    hospitalsOf: (title) => `Hospitals of ${title}`,
    columns: ["Hospital", "How it stands", "Holds no.", "Entries", "Lacks", "Matchers", "Owes"],
    /** @type {(n: number, all: number) => string} */
    of: (n, all) => `${n} of ${all}`,
    renews: "announces other keys",
    hospital: {
      /** @type {(by: string) => string} */
      asked: (by) => `to be invited, says ${by}`,
      /** @type {(at: string) => string} */
      invited: (at) => `invited until ${at}`,
      /** @type {(by: string) => string} */
      answered: (by) => `to be admitted, says ${by}`,
      /** @type {(reason: string) => string} */
      removed: (reason) => `put out: ${reason}`,
      unheard: "nothing was heard of it yet",
      /** @type {(at: string) => string} */
      silent: (at) => `silent since ${at}`,
      behind: "has not heard the last statement yet",
      differs: "holds something else than was published",
      /** @type {(seconds: number) => string} */
      same: (seconds) => `the same as ours ${span(seconds)} ago`,
    },
    keys: "Keys it has",
    answersFingerprint: "Its answer",
    admittedAt: "Admitted",
    suspendedThere: "Suspended there",
    another: "You asked for this. Another account approves it.",
    approveInvitation: "Approve the invitation",
    approveAdmission: "Approve the admission",
    letIn: "The broker lets it in once this was run on this machine; again does no harm:",
    close: "Close",
    remove: "Put out",
    /** @type {(title: string) => string} */
    removeTitle: (title) => `Put ${title} out?`,
    removeText: "Nothing is sent to it any more, and everything is sealed anew for the others. What it read, it has read. Close its link on this machine: wardwatch federation remove.",
    invitation: "Invitation",
    answer: "Answer",
    beingSigned: "It is being signed.",
    handOver: "Hand it over in any way: as a file, or from screen to phone.",
    /** @type {(title: string) => string} */
    qr: (title) => `QR code: ${title}`,
    readOut: "Read out by telephone, to somebody whose voice you know:",
    /** @type {(label: string) => string} */
    file: (label) => `${label}: choose the file`,
    /** @type {(label: string) => string} */
    pasted: (label) => `${label}: or paste its text`,
    heard: "As read out by telephone",
    heardHint: "The last sixteen characters of the fingerprint, as the other side reads them out to you.",
    admit: "Propose to admit it",
    name: "Name",
    nameHint: "Small letters, digits and hyphens.",
    listTitle: "What people call it",
    silentDays: "Days of silence",
    silentDaysHint: "After so many days without a word from here, hospitals suspend the list by themselves.",
    hospitalName: "Name of the hospital",
    hospitalTitle: "What people call the hospital",
    address: "Address of the broker",
    addressHint: "tls://name:7422, as hospitals reach this broker. “wardwatch federation invite” finds address and authority by itself.",
    authority: "Authority",
    authorityHint: "The certificate in PEM that vouches for the broker; empty where a public one does.",
    askToInvite: "Propose to invite it",
    entry: "Entry",
    entryHint: "Its id, as its page shows it. One that is on the list already: for whom it is to be from now on.",
    forHospitals: "For these hospitals alone",
    forHospitalsHint: "None: for every hospital of the list, also those that join later.",
    askToShare: "Propose to share it",
    waiting: "Waits for another account",
    /** @type {(hospitals: string[]) => string} */
    forWhom: (hospitals) => (hospitals.length > 0 ? `for ${hospitals.join(", ")} alone` : "for every hospital of the list"),
    /** @type {(by: string) => string} */
    askedBy: (by) => `asked for by ${by}`,
    approveShare: "Let hospitals look for this person",
    erasures: "Erasures that are not closed",
    /** @type {(closed: number, hospitals: number) => string} */
    closed: (closed, hospitals) => `${closed} of ${s(hospitals, "hospital")} closed.`,
    outOfScope: "It is for other hospitals now.",
    /** @type {(title: string) => string} */
    owesUnheard: (title) => `${title}: nothing was heard of it yet`,
    /** @type {(title: string, at: string) => string} */
    owesSilent: (title, at) => `${title}: silent since ${at}`,
    /** @type {(title: string, signed: number) => string} */
    owesMatchers: (title, signed) => `${title}: waits for a matcher; ${s(signed, "matcher has", "matchers have")} signed`,
    closeFor: "It will never close it",
    /** @type {(title: string) => string} */
    closeForText: (title) => `Say why ${title} will never close this erasure. Another account approves it, and the erasure says so.`,
    /** @type {(by: string, reason: string) => string} */
    closingAsked: (by, reason) => `${by} says that it never will: ${reason}`,
    approveClosing: "Close it in its place",
    renewal: "Other keys are announced, signed by the former ones. Two accounts accept them:",
    /** @type {(by: string) => string} */
    renewalAsked: (by) => `Other keys are announced, signed by the former ones. ${by} has accepted them; another account does as well:`,
    accept: "Accept these keys",
    /** @type {(name: string, hospital: string) => string} */
    joinedAs: (name, hospital) => `${name}, joined as ${hospital}`,
    sites: "Sites",
    sitesHint: "The sites that look for its people, separated by commas.",
    listedThere: "Entries",
    lacks: "Cannot be opened",
    suspendedHere: "Suspended here",
    unclosed: "Erasures to close",
    heardAt: "Last heard",
    dial: "Its publisher is dialled once this was run on this machine, with the invitation's file:",
    showAnswer: "Show the answer",
    approveJoining: "Join the list",
    askToJoin: "Propose to join it",
    steps: {
      suspension: {
        button: "Suspend the list",
        /** @type {(title: string) => string} */
        title: (title) => `Suspend ${title}?`,
        text: "Nobody of it is looked for here until it is resumed. The publisher is told how many, never whom.",
      },
      resumption: {
        button: "Resume the list",
        /** @type {(title: string) => string} */
        title: (title) => `Resume ${title}?`,
        text: "Those whom its publisher lists, and nobody suspended here, are looked for again.",
      },
      leaving: {
        button: "Leave the list",
        /** @type {(title: string) => string} */
        title: (title) => `Leave ${title} for good?`,
        text: "All its entries are erased here, and the publisher is told. End the link afterwards: wardwatch federation unlink.",
      },
    },
  },
  incidents: {
    section: "Incidents",
    none: "No incident is found by this.",
    any: "Any",
    narrow: "Search and filter",
    /** @type {(n: number) => string} */
    narrowed: (n) => `Search and filter (${n})`,
    site: "Site",
    camera: "Camera",
    zone: "Zone",
    outcome: "What came of it",
    account: "Who answered",
    since: "From",
    until: "To and including",
    labelHint: "Name, file number or grounds. It finds only incidents whose name you may see: after your own verdict, or the decision.",
    clear: "Show all",
    states: { open: "Open", new: "New", responding: "Somebody goes", disputed: "People disagree", closed: "Closed" },
    outcomes: { confirmed: "Confirmed", rejected: "Not this person", unresolved: "Unresolved", ended: "Entry ended" },
    noGround: "No longer on the list",
    raised: "Raised",
    /** @type {(who: string) => string} */
    by: (who) => `answered by ${who}`,
    facts: "What is known",
    undecided: "Not decided yet: names, strength and what others say come after the verdict.",
    seenUntil: "Last seen",
    onTheWay: "On the way",
    correctedAt: "Corrected",
    asAlert: "Open as an alert",
    deliveries: "Who was told",
    measures: "Measurements",
    measuresText: "Figures of the sightings. That you look at them is recorded.",
    showMeasures: "Show the measurements",
    report: "Report",
    reportText: "A signed report of this incident, for the police or a court. Anybody can check it with the hospital's key.",
    makeReport: "Make a report",
    reportIsOut: "It leaves the hospital, and erasing the entry later does not reach it. That you made it, and why, is recorded.",
    form: "Form",
    forms: { pdf: "PDF, to read", json: "JSON, for programs" },
    withFaces: "With the two faces that were compared",
    statistics: "Statistics",
    statisticsText: "Counted of incidents on record. Of people who raised no alert nothing is kept, so nothing is counted.",
    /** @type {(n: number) => string} */
    counted: (n) => s(n, "incident"),
    aDay: "Alerts a day",
    answered: "Answered within",
    answeredText: "From the alert until somebody said “On my way” or compared the faces.",
    /** @type {(seconds: number) => string} */
    within: (seconds) => (seconds < 60 ? `${seconds} s` : `${seconds / 60} min`),
    longer: "Longer",
    nobody: "By nobody",
    whatCame: "What came of them",
    falseAlerts: "False alerts by category",
    falseAlertsText: "Of the alerts that people judged, how many were not this person.",
    /** @type {(n: number, of: number) => string} */
    falseOf: (n, of) => `${n} of ${of}`,
    asTable: "As a table",
    together: "Together",
  },
  access: {
    section: "Access requests",
    title: "What is held about me",
    text: "Somebody asks what is held about them, with a photo they brought or their identity number. One account asks, another approves, and then there is half an hour to look.",
    keepsNothing: "The photo is compared and kept nowhere. It is no search for strangers: every step is recorded, few are answered in a day, and more than usual is told to the auditor.",
    /** @type {(n: number) => string} */
    lately: (n) => `${s(n, "request")} within 30 days`,
    none: "Nobody has asked yet.",
    ask: "Somebody asks",
    by: "Looked for by",
    kinds: { photo: "A photo they brought", number: "Their identity number" },
    who: "Who stands there",
    asks: { self: "The person", guardian: "Their guardian", representative: "Somebody with their power of attorney" },
    consent: "Form with their consent",
    consentHint: "The number of the signed form, such as AR-2026/17. No name.",
    askButton: "Ask another account to approve",
    /** @type {(n: number) => string} */
    request: (n) => `Request ${n}`,
    states: { asked: "Waits", approved: "Approved", answered: "Answered", withdrawn: "Withdrawn", lapsed: "Lapsed" },
    askedBy: "Asked by",
    approvedBy: "Approved by",
    answered: "Answered",
    /** @type {(n: number) => string} */
    found: (n) => (n === 0 ? "0 entries: nothing" : s(n, "entry", "entries")),
    unusual: "More than usual were asked for on this day. The audit says so.",
    another: "Another supervisor or administrator must approve it, within a day.",
    approve: "Approve",
    withdraw: "Withdraw",
    photo: "Photo of the person",
    photoHint: "It shows one face, from the front. It is not kept.",
    number: "Identity number",
    look: "Look",
    /** @type {(left: number) => string} */
    photoRefused: (left) => `This photo cannot be used. ${left} more may be tried.`,
    nothingHeld: "Nothing is held about this person.",
    compareFirst: "These entries may be about this person. Open each, compare the faces, and tell only what is theirs. This is shown once.",
  },
};
