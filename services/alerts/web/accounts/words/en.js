// English.
export const en = {
  accounts: "Accounts",
  mine: "My account",
  alerts: "Alerts",
  watchlist: "Watchlist",
  sections: "Sections",
  loading: "Loading",
  noAnswer: "No answer. It may or may not be done: look again before you repeat it.",
  add: "Add an account",
  name: "Name",
  nameHint: "A-Z a-z 0-9 . _ - with no space, for example li.wei. It cannot be changed.",
  role: "Role",
  /** @type {Record<string, string>} */
  roles: {
    guard: "Guard", reviewer: "Reviewer", supervisor: "Supervisor", administrator: "Administrator", auditor: "Auditor",
    watchlist_editor: "Watchlist editor",
  },
  /** @type {Record<string, string>} */
  duties: {
    guard: "Answers alerts and goes there.",
    reviewer: "Judges alerts from a desk, and goes nowhere.",
    supervisor: "Answers alerts, keeps the list, stops matching, lets guards and reviewers in.",
    administrator: "Keeps the list, the keys and every account.",
    auditor: "Reads the record and acts on nothing.",
    watchlist_editor: "Drafts entries and puts them forward. Approves nothing and sees no alert.",
  },
  sites: "Sites",
  everySite: "Every site",
  sitesHint: "By comma; empty: every site.",
  identity: "Name at the hospital's sign-in",
  identityHint: "Leave it empty if this person signs in with codes or passkeys only.",
  state: "State",
  /** @type {Record<string, string>} */
  states: { disabled: "Disabled", signed_in: "Signed in", invited: "Has a code", signed_out: "Signed out" },
  /** @type {(n: number) => string} */
  devicesOf: (n) => (n === 1 ? "1 device" : `${n} devices`),
  change: "Change",
  save: "Save",
  cancel: "Cancel",
  disable: "Disable",
  disableText: "Every device is signed out at once and no code is taken. What was decided before stands.",
  enable: "Enable again",
  reason: "Reason (recorded)",
  reasonLabel: "Reason",
  makeCode: "Make a one-time code",
  devices: "Devices",
  sessions: "Signed in",
  sessionsText: "Who is signed in where. To sign out everywhere at once, open the account.",
  /** @type {(time: string) => string} */
  endsAt: (time) => `until ${time}`,
  noDevice: "Signed in nowhere.",
  unnamed: "A device without a name",
  thisDevice: "this device",
  /** @type {Record<string, string>} */
  ways: { code: "with a code", passkey: "with a passkey", oidc: "at the hospital's sign-in" },
  /** @type {(time: string) => string} */
  signedInAt: (time) => `signed in ${time}`,
  /** @type {(time: string) => string} */
  usedAt: (time) => `last used ${time}`,
  rename: "Rename",
  signOut: "Sign out",
  lost: "Phone lost: sign out everywhere",
  lostText: "Every device of this account is signed out at once, hears no more alerts, and no code is taken.",
  passkeys: "Passkeys",
  noPasskey: "None. A passkey signs in with a finger or a face, and nobody can copy it from a message.",
  noPasskeysHere: "This page's address, or this browser, can have no passkey.",
  addPasskey: "Add a passkey",
  passkeyName: "What to call it",
  passkeyAsk: "Your device asks for your finger, face or number.",
  passkeyLetBe: "No passkey was made.",
  copied: "There is a copy of it: it is not taken any more. Remove it.",
  remove: "Remove",
  auditOf: "Audit of this account",
  history: "History",
  /** @type {(who: string) => string} */
  by: (who) => `by ${who}`,
  /** @type {(was: string, now: string) => string} */
  roleChanged: (was, now) => `from ${was} to ${now}`,
  /** @type {Record<string, string>} */
  acts: {
    "account.added": "Added", "account.invited": "Handed a code", "account.reset": "Let in anew at the machine", "account.changed": "Changed",
    "account.disabled": "Disabled", "account.enabled": "Enabled again", "session.opened": "Signed in",
    "session.ended": "Signed out", "session.proven": "Proved who they are", "passkey.added": "Passkey added",
    "passkey.removed": "Passkey removed", "passkey.copied": "A copy of a passkey was used",
    "reading.slowed": "Looked at faces too fast", "reading.unusual": "Looked at very many faces",
  },
  otherAct: "Something else",
};
