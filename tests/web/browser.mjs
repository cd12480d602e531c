// As much of a browser as the pages' modules touch while they are loaded, and a server that a test scripts.

class MemoryStorage {
  #items = new Map();
  getItem = (key) => this.#items.get(key) ?? null;
  setItem = (key, value) => void this.#items.set(key, String(value));
  removeItem = (key) => void this.#items.delete(key);
}

// A stream of events that a test opens, feeds and breaks.
class Stream extends EventTarget {
  static CONNECTING = 0;
  static OPEN = 1;
  static CLOSED = 2;
  readyState = Stream.CONNECTING;

  constructor(url) {
    super();
    this.url = url;
    browser.streams.push(this);
  }

  begin() {
    this.readyState = Stream.OPEN;
    this.onopen?.();
  }

  send(name, data) {
    this.dispatchEvent(new MessageEvent(name, { data: JSON.stringify(data) }));
  }

  breakOff({ forGood = false } = {}) {
    this.readyState = forGood ? Stream.CLOSED : Stream.CONNECTING;
    this.onerror?.();
  }

  close() {
    this.readyState = Stream.CLOSED;
  }
}

// Sound that runs only after `resume` was let, as after a touch.
class Sound {
  state = "suspended";
  currentTime = 0;
  destination = {};

  constructor() {
    browser.sounds.push(this);
  }

  async resume() {
    if (!browser.isSoundAllowed) return new Promise(() => {});
    this.state = "running";
    this.onstatechange?.();
  }

  async close() {
    this.state = "closed";
  }

  createOscillator() {
    const tone = { frequency: {}, connect: (next) => next, start: () => browser.tones.push(tone.frequency.value), stop() {} };
    return tone;
  }

  createGain() {
    const set = () => {};
    return { gain: { setValueAtTime: set, linearRampToValueAtTime: set }, connect: (next) => next };
  }
}

export const browser = {
  streams: [],
  sounds: [],
  tones: [], // hertz of what was played
  vibrations: [],
  requests: [], // { method, url, headers, body, signal } in their order
  isSoundAllowed: false,
  // What the server answers: a function of the request that gives a Response, or throws when it is away.
  serve: () => new Response("{}", { status: 404, headers: { "Content-Type": "application/json" } }),

  get stream() {
    return this.streams.at(-1);
  },
  get sound() {
    return this.sounds.at(-1);
  },
  happen: (name, over = {}) => window.dispatchEvent(Object.assign(new Event(name), over)),
};

export const json = (body, status = 200, headers = {}) =>
  new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json", ...headers } });

const window = new EventTarget();
const page = Object.assign(new EventTarget(), { hidden: false, documentElement: {} });
const globals = {
  addEventListener: window.addEventListener.bind(window),
  location: { hash: "", pathname: "/", reload: () => {} },
  history: { replaceState: () => (globalThis.location.hash = "") },
  document: page,
  localStorage: new MemoryStorage(),
  sessionStorage: new MemoryStorage(),
  navigator: { language: "en-GB", vibrate: (pattern) => browser.vibrations.push(pattern) },
  matchMedia: () => ({ matches: false }),
  AudioContext: Sound,
  EventSource: Stream,
  fetch: async (url, { method = "GET", headers = {}, body, signal } = {}) => {
    const request = { method, url, headers, body, signal };
    browser.requests.push(request);
    return browser.serve(request);
  },
};
for (const [name, value] of Object.entries(globals)) {
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
}

// Lets everything run that waits for nothing but its turn.
export async function settle() {
  for (let turn = 0; turn < 50; turn += 1) await new Promise((over) => setImmediate(over));
}
