// What tests are made of, with what matters to each laid over it.

export const NOON = "2026-11-23T12:00:00Z";
export const minutes = (n) => new Date(Date.parse(NOON) + n * 60_000).toISOString();

let last = 0;

export function incident(over = {}) {
  last += 1;
  return {
    id: `00000000-0000-4000-8000-${String(last).padStart(12, "0")}`,
    number: last,
    site: "h1",
    status: "new",
    outcome: null,
    raised_at: NOON,
    first_seen_at: NOON,
    last_seen_at: NOON,
    camera: "gate",
    cameras: ["gate"],
    category: "ban",
    instruction: "Call 8811.",
    responder: null,
    my_verdict: null,
    may_review: true,
    disputed: false,
    corrected_at: null,
    arrived_at: null,
    report: null,
    disclosed: null,
    ...over,
  };
}

export const me = (over = {}) => ({
  account: "li", role: "guard", may: ["list_incidents", "respond", "review", "show_picture", "correct", "arrive", "report"], expires_at: minutes(600), time_zone: "UTC", ...over,
});

export const entry = (over = {}) => ({
  id: "e1", revision: 3, state: "active", label: "Marlo Quint", author: "ana", put_forward_by: "ana", approver: "bea",
  renewal: null, photo_list: [], likenesses: [], ...over,
});

export const item = (name, over = {}) => ({
  kind: "file", name, external_id: name.split("__")[0], entry: null, file_sha256: "ab", verdict: "ready", outcome: "ready", findings: [], label: null, ...over,
});

export const counts = (over = {}) => {
  const many = { question: 0, refused: 0, warning: 0, listed: 0, ready: 0, ...over };
  return { read: Object.values(many).reduce((sum, each) => sum + each, 0), ...many };
};

export const batch = (over = {}) => ({
  id: "b1", revision: 1, state: "open", author: "ana", counts: { people: counts(), photos: counts(), lines: counts() }, undecided: 0, pending: 0,
  active: 0, drafts: 0, has_table: false, ...over,
});
