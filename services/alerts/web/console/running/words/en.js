// English.
/** @type {(value: number) => string} */
const percent = (value) => `${value} %`;
/** @type {Record<string, string>} */
const STAGES = { detector: "detector", embedder: "embedder", matcher: "matcher", watchlist: "watchlist", alerts: "alerts" };

export const en = {
  title: "Operations",
  /** @type {(at: string) => string} */
  since: (at) => `Known since ${at}, in the memory of one process of alerts: figures are kept nowhere. When it begins anew it knows nothing of before.`,
  /** @type {(process: string) => string} */
  process: (process) => `Answered by process ${process}.`,
  otherProcess: "Several processes of alerts take turns to answer. Each has heard the same since another time.",
  recordAway: "The database does not answer: what it would say is missing here.",
  scale: "What to scale",
  hints: {
    nothing_seen: () => "Nothing has come from any camera within the last five minutes, so nothing can be said.",
    /** @type {(of: Record<string, string | number>) => string} */
    machine_full: ({ stage, machine, processors }) =>
      `The ${processors} processors of a machine are used up (${percent(Number(machine))}), so another replica there brings nothing. Give it more processors, or run further ${STAGES[stage]}s on another machine: they take most.`,
    /** @type {(of: Record<string, string | number>) => string} */
    stage_full: ({ stage, busy, machine, variable, replicas, shed }) =>
      `The ${STAGES[stage]} has no time left (busy ${percent(Number(busy))}, gave up ${shed} within five minutes), the machine has (used ${percent(Number(machine))}). Scale it first: ${"`"}${variable}=${replicas}${"`"}.`,
    /** @type {(of: Record<string, string | number>) => string} */
    nothing_full: ({ stage, busy, machine }) =>
      `Nothing is used up: the ${STAGES[stage]} is busiest (${percent(Number(busy))}), the machine uses ${percent(Number(machine))}.`,
    /** @type {(of: Record<string, string | number>) => string} */
    alone: ({ stage, variable }) =>
      `There is one ${STAGES[stage]}. When it dies, nobody in view is looked at until it is back: ${"`"}${variable}=2${"`"}, better on another machine.`,
  },
  capacityHint: "How many cameras this machine carries is measured by `wardwatch capacity`, best at night.",
  stages: "Stages",
  stagesText: "Of the last five minutes. A frame that is not searched in time gives way to a fresher one: nothing queues, and what was given up is counted.",
  /** @type {Record<string, string>} */
  names: { detector: "Detector", embedder: "Embedder", matcher: "Matcher", watchlist: "Watchlist", alerts: "Alerts" },
  /** @type {Record<string, string>} */
  items: { detector: "frames", embedder: "faces", matcher: "vectors" },
  stage: "Stage",
  replicas: "Replicas",
  received: "Came in",
  done: "Done",
  shed: "Given up",
  shedWhy: "Given up, by reason",
  /** @type {Record<string, string>} */
  reasons: {
    replaced: "a fresher frame came", stale: "too old", crowded_out: "crowded out", full: "no room", slow_consumer: "slow connection",
    over_pace: "camera sends too much", too_many_cameras: "too many cameras", never_arrived: "never arrived", of_another_replica: "another replica's",
  },
  lag: "Backlog",
  lagText: "Backlog: how old the picture is when the stage has done with it, in seconds; 95 of 100 are younger. From one second on it is given up.",
  busy: "Busy",
  machine: "Machine",
  /** @type {(rate: string) => string} */
  perSecond: (rate) => `${rate} a second`,
  /** @type {(seconds: string) => string} */
  seconds: (seconds) => `${seconds} s`,
  percent,
  nothing: "none",
  charts: "The last hour",
  chartIn: "Came in, a second",
  chartDone: "Done, a second",
  chartLag: "Backlog, seconds",
  chartShed: "Given up, a second",
  chartBusy: "Busy, %",
  /** @type {(name: string, now: string, most: string) => string} */
  chartSaid: (name, now, most) => `${name}: now ${now}, most ${most}`,
  tooEarly: "The first ten seconds are not over.",
  table: "As a table",
  time: "Time",
  living: "Who lives",
  /** @type {(seconds: string) => string} */
  heardBefore: (seconds) => `heard ${seconds} s ago`,
  /** @type {(count: number) => string} */
  shares: (count) => `${count} of 64 shares of the cameras`,
  nobody: "Nobody is heard.",
  list: "The list on the matchers",
  /** @type {(generation: number) => string} */
  generation: (generation) => `Generation ${generation} in the record`,
  /** @type {(live: number, all: number) => string} */
  liveOn: (live, all) => `on ${live} of ${all} matchers`,
  /** @type {(seconds: string) => string} */
  unpublished: (seconds) => `A change has waited for ${seconds} s to be published.`,
  published: "No change waits to be published.",
  matcher: "Matcher",
  entries: "Entries",
  photos: "Photos",
  locked: "Locked",
  index: "Index",
  readTo: "Read to",
  clock: "Clock",
  silent: "silent",
  lives: "lives",
  noMatcher: "No matcher has said anything.",
  delivery: "Deliveries of the last hour",
  way: "Way",
  /** @type {Record<string, string>} */
  ways: { push: "Push", ntfy: "ntfy", chat: "Chat", webhook: "Webhook", nats: "Other systems", nobody: "Nobody" },
  sent: "Sent",
  waiting: "Waiting",
  failed: "Failed",
  within: "95 % within",
  noDelivery: "Nothing is delivered from here, or nobody knows.",
  noneSent: "Nothing had to be delivered within the last hour.",
  deliverySilent: "The delivery service is silent.",
  /** @type {(count: number) => string} */
  deadLetters: (count) => `Messages to webhooks that could not be delivered: ${count}.`,
  stores: "Stores, certificates, backup",
  /** @type {Record<string, string>} */
  disks: { broker: "Broker's disk", database: "Database's disk" },
  /** @type {(room: string) => string} */
  free: (room) => `${room} GB free`,
  /** @type {(hours: number) => string} */
  hoursLeft: (hours) => `for about ${hours} hours at the pace of the last one`,
  /** @type {Record<string, string>} */
  levels: { well: "well", low: "low", full: "FULL", unknown: "nobody can look at it" },
  noDisk: "No disk is looked at here.",
  /** @type {(file: string) => string} */
  certificate: (file) => `Certificate ${file}`,
  /** @type {(at: string) => string} */
  ends: (at) => `good until ${at}`,
  unreadable: "cannot be read",
  backup: "Last backup",
  /** @type {(hours: string) => string} */
  hoursAgo: (hours) => `${hours} hours ago`,
  /** @type {(hours: number) => string} */
  mayBe: (hours) => `may be ${hours} hours old`,
  noBackup: "there is none",
  notLookedFor: "No backup is looked for: set `WARDWATCH_BACKUP_TO`.",
  noCertificate: "This page has no certificate of its own.",
};
