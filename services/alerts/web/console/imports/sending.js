// Sending the files of an import: it goes on while other screens are looked at, and is continued after a reload.
// Files that were judged before are known by their digests and are not sent again.
import { computed, effect, signal } from "@preact/signals";
import { forgetPicks, keepTotal } from "../../shared/picks.js";
import { Away, Refused } from "../../shared/request.js";
import { me } from "../../shared/session.js";
import { desk, tellable } from "../desk.js";
import { remedy } from "../findings.js";
import { rest } from "../watch.js";
import { words } from "../words.js";
import { AT_ONCE } from "./pace.js";
import { MOST_BYTES } from "./pictures.js";
import { Unusable } from "./source-file.js";
/** @import { FindingCode, ItemView } from "../../types/openapi" */
/** @import { Failure } from "../../types/page" */
/** @import { Planned, PlannedPhoto } from "./plan.js" */
/** @import { SourceFile } from "./source-file.js" */

const LOOK_UP = 200;
const TRIES = 120;
// The rate is of the last files: a pause long ago says nothing about the time that is left.
const RECENT = 40;
// Sorting thousands of answers for every file would take longer than judging one.
const SHOW_EVERY_MS = 500;

const jobs = signal(/** @type {Map<string, Job>} */ (new Map()));

/** @param {string} id of the import */
export const jobOf = (id) => jobs.value.get(id) ?? null;

/**
 * How many files could not even be sent.
 * @param {string} id of the import
 */
export function unsentOf(id) {
  const job = jobOf(id);
  void job?.shown.value;
  return [...(job?.answers.values() ?? [])].filter((row) => row.file_sha256 === null).length;
}

/**
 * @param {string} id of the import
 * @param {Planned} planned
 */
export function begin(id, planned) {
  jobOf(id)?.stop();
  const job = new Job(id, planned);
  keepTotal(id, planned.photos.filter(({ fault }) => fault === null).length);
  jobs.value = new Map(jobs.value).set(id, job);
  job.run();
  return job;
}

// What one account has picked is nothing for the next.
effect(() => {
  if (me.value) return;
  for (const job of jobs.peek().values()) job.stop();
  jobs.value = new Map();
});

addEventListener("beforeunload", (event) => {
  if ([...jobs.value.values()].some((job) => job.stage.value === "sending")) event.preventDefault();
});

// The sending of one import's files.
export class Job {
  stage = signal(/** @type {"sending" | "paused" | "done" | "failed" | "stopped"} */ ("sending"));
  fault = signal(/** @type {Failure | null} */ (null));
  sent = signal(0);
  known = signal(0);
  /** @type {Map<string, ItemView>} */
  answers = new Map(); // what the desk, or this page, said of a file, by its name
  shown = signal(0); // when the answers were last shown
  recent = signal(/** @type {number[]} */ ([]));
  waiting = signal(0); // how many requests wait because the server is away, or has no hand free
  waitsFor = signal(/** @type {Failure | null} */ (null)); // what the last of them was told
  done = computed(() => this.sent.value + this.known.value);

  /**
   * @param {string} id of the import
   * @param {Planned} planned
   */
  constructor(id, { people, photos }) {
    this.id = id;
    this.people = people;
    this.photos = photos;
    this.files = new Map(photos.map((photo) => [photo.name, photo.file]));
    /** @type {Promise<void>} */
    this.open = Promise.resolve(); // waited for while paused
    this.goOn = () => {};
  }

  get total() {
    return this.photos.length;
  }

  async run() {
    try {
      const path = { import: this.id };
      const people = this.people;
      if (people !== null) {
        const body = await people.read();
        await this.insist(() => desk("PUT /watchlist/imports/{import}/people", { path, body }));
      }
      const photos = this.unjudged();
      await Promise.all(Array.from({ length: AT_ONCE }, () => this.work(photos)));
      await this.open;
      if (this.stage.value === "stopped") return;
      // Only together it shows which photos and lines of people.csv do not meet; then the report says more than the answers.
      await this.insist(() => desk("POST /watchlist/imports/{import}/check", { path }));
      this.answers = new Map([...this.answers].filter(([, answer]) => answer.file_sha256 === null));
      // There is nothing to come back to.
      await forgetPicks(this.id);
      if (this.stage.value === "sending") this.stage.value = "done";
      this.shown.value = performance.now();
    } catch (error) {
      if (this.stage.value === "stopped") return;
      this.fault.value = tellable(error);
      this.stage.value = "failed";
    }
  }

  pause() {
    this.stage.value = "paused";
    this.recent.value = [];
    this.open = new Promise((opened) => (this.goOn = opened));
  }

  resume() {
    this.stage.value = "sending";
    this.goOn();
  }

  stop() {
    if (this.stage.value === "paused") this.goOn();
    if (this.stage.value !== "done") this.stage.value = "stopped";
  }

  /** @param {AsyncIterable<PlannedPhoto>} photos */
  async work(photos) {
    for await (const photo of photos) {
      await this.open;
      if (this.stage.value === "stopped") return;
      this.keep(photo, await this.judged(photo));
    }
  }

  // Of files with one content only the first may be known: the others need rows of their own.
  async *unjudged() {
    /** @type {Set<string>} */
    const seen = new Set();
    for (let start = 0; start < this.total; start += LOOK_UP) {
      const some = this.photos.slice(start, start + LOOK_UP);
      /** @type {Map<string, string>} */
      const firsts = new Map();
      for (const photo of some.filter(({ fault }) => fault === null)) {
        await this.open;
        const digest = await digestOf(photo.file);
        if (digest === null || seen.has(digest)) continue;
        seen.add(digest);
        firsts.set(digest, photo.name);
      }
      /** @type {Set<string | undefined>} */
      const known = new Set();
      if (firsts.size > 0) {
        const request = { path: { import: this.id }, body: { sha256: [...firsts.keys()] } };
        const answer = await this.insist(() => desk("POST /watchlist/imports/{import}/known", request));
        for (const digest of answer.sha256) known.add(firsts.get(digest));
        this.known.value += known.size;
      }
      yield* some.filter((photo) => !known.has(photo.name));
    }
  }

  /**
   * @param {PlannedPhoto} photo
   * @returns {Promise<ItemView>}
   */
  async judged({ file, name, shown, fault }) {
    if (fault !== null) return local(shown, fault, remedy(fault));
    if (file.size > MOST_BYTES) return local(shown, "too_many_bytes", words.value.tooManyBytes);
    // Read first: a file that is gone must not look like a server that is away.
    const content = await file.read().catch(codeOf);
    if (typeof content === "string") return local(shown, content, remedy(content));
    const request = { path: { import: this.id, file: name }, body: content };
    try {
      return await this.insist(() => desk("PUT /watchlist/imports/{import}/photos/{file}", request));
    } catch (error) {
      // About this one file; anything else is about the import.
      if (!(error instanceof Refused) || ![413, 422].includes(error.status)) throw error;
      return local(shown, "bad_name", error.message);
    }
  }

  /**
   * Asks again while the server has no hand free, or is away.
   * @template T
   * @param {() => Promise<T>} attempt
   */
  async insist(attempt) {
    let counted = 0;
    try {
      for (let left = TRIES; ; left -= 1) {
        try {
          return await attempt();
        } catch (error) {
          const passes = error instanceof Away || (error instanceof Refused && [429, 503].includes(error.status));
          if (!passes || left <= 1 || this.stage.value === "stopped") throw error;
          if (counted === 0) this.waiting.value += counted = 1;
          this.waitsFor.value = error;
          await rest(1000 * (error instanceof Refused ? error.retryAfterSeconds : 1));
        }
      }
    } finally {
      this.waiting.value -= counted;
    }
  }

  /**
   * @param {PlannedPhoto} photo
   * @param {ItemView} answer
   */
  keep({ name }, answer) {
    this.sent.value += 1;
    this.answers.set(name, answer);
    const now = performance.now();
    this.recent.value = [...this.recent.value, now].slice(-RECENT);
    if (now - this.shown.value > SHOW_EVERY_MS) this.shown.value = now;
  }
}

/**
 * What keeps a file from being read, by the code of a finding.
 * @param {unknown} error
 * @returns {FindingCode}
 */
const codeOf = (error) => (error instanceof Unusable ? error.code : "unreadable");

/** @param {SourceFile} file */
async function digestOf(file) {
  if (file.size > MOST_BYTES) return null;
  const content = await file.read().catch(codeOf);
  if (typeof content === "string") return null;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", content));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * A row of the report about a file that was not taken.
 * @param {string} name
 * @param {FindingCode} code
 * @param {string} text
 * @returns {ItemView}
 */
const local = (name, code, text) => ({
  kind: "file", name, label: null, external_id: null, entry: null, file_sha256: null, verdict: "rejected",
  outcome: code === "bad_name" ? "question" : "refused",
  findings: [{ code, severity: "rejected", value: null, limit: null, text, meant: [], about: null }],
});
