// Generated from docs/openapi.json by `make proto`; not written by hand.

/** How many walks a threshold would let through: those that came to it or to more. */
export interface Above {
  threshold: number;
  walks: number;
}

/** What is held. ``entries`` resemble the photo, or are under the number: a person compares before they are told of. */
export interface AccessAnswer {
  request: AccessRequest | null;
  findings: Array<Finding>;
  entries: Array<EntryRow>;
}

/** A request, and how far it is. ``found``: how many entries; which ones is told once and kept nowhere. */
export interface AccessRequest {
  number: number;
  kind: "photo" | "number";
  asks: "self" | "guardian" | "representative";
  consent: string;
  state: "asked" | "approved" | "answered" | "withdrawn" | "lapsed";
  asked_by: string;
  asked_at: string;
  unusual: boolean;
  approved_by: string | null;
  approved_at: string | null;
  tries_left: number;
  answered_at: string | null;
  found: number | null;
}

/** By what is looked for, who stands at the counter, and the number of the form on which they consented. */
export interface AccessRequestBody {
  kind: "photo" | "number";
  asks: "self" | "guardian" | "representative";
  consent: string;
}

/** The newest fifty, and how many there were within thirty days. */
export interface AccessRequests {
  requests: Array<AccessRequest>;
  asked_within_30_days: number;
}

/** What an account is for from now on, and why. */
export interface AccountChange {
  role: Role;
  sites: Array<string> | null;
  identity: string | null;
  reason: string;
}

/** One thing that was done to an account, as the audit says it. */
export interface AccountEvent {
  number: number;
  at: string;
  by: string;
  action: string;
  reason: string;
  role: string | null;
  was_role: string | null;
}

/** What was done to an account, newest first, at most two hundred. */
export interface AccountEvents {
  events: Array<AccountEvent>;
}

/** Accounts that whoever asks may see, those that are disabled last. */
export interface AccountList {
  accounts: Array<AccountRow>;
}

/** A new account. ``sites``: null for every site. ``identity``: what the hospital's own sign-in calls them. */
export interface AccountRequest {
  name: string;
  role: Role;
  sites: Array<string> | null;
  identity?: string | null;
}

/** An account. ``kept``: who asks may let it in, and out. ``identity`` is told to administrators and auditors. */
export interface AccountRow {
  id: string;
  name: string;
  role: Role;
  sites: Array<string> | null;
  state: "disabled" | "signed_in" | "invited" | "signed_out";
  disabled_reason: string | null;
  identity: string | null;
  devices: number;
  passkeys: number;
  used_at: string | null;
  kept: boolean;
}

/** An account with its passkeys and devices. */
export interface AccountView {
  account: AccountRow;
  passkeys: Array<PasskeyRow>;
  devices: Array<DeviceRow>;
}

/** What is known of how well people are recognised here. */
export interface AccuracyInstalled {
  models: Array<InstalledModel>;
  waits: AccuracyProposal | null;
}

/** A report that waits for another account's approval. */
export interface AccuracyProposal {
  number: number;
  digest: string;
  floor: number;
  measured_on: string;
  dataset: string;
  reason: string;
  asked_by: string;
  asked_at: string;
}

/** All figures of an evaluation, dated, of the models that are named, on the data that is named. */
export interface AccuracyReport {
  format?: number;
  measured_on: string;
  software: string;
  models: Array<MeasuredModel>;
  data: DataSet;
  verification?: Verification | null;
  identification?: Array<Identification>;
  fixed_list?: FixedList | null;
  detection?: Array<FoundFaces>;
  groups?: Array<GroupFigures>;
  clips?: ClipFigures | null;
  histogram?: Histogram | null;
  two_names?: number;
  wrong_names?: number;
  floor?: Floor | null;
}

/** A report to install, with the digest that `wardwatch eval` printed of it. */
export interface AccuracyRequest {
  report: AccuracyReport;
  digest: string;
  reason: string;
}

/** The report that the floor comes from: figures of one data set and one size of list, for one frame. */
export interface AccuracyView {
  dataset: string;
  list_size: number;
  model_sha256: string;
  fnir: number;
  fpir: number;
  fpir_upper: number;
  floor: number;
  measured_on: string;
}

/** Admits a hospital by the answer whose fingerprint was shown to whoever approves. */
export interface AdmissionRequest {
  fingerprint: string;
}

/** A draft by which an entry is amended; it is no entry of the list by itself. */
export interface Amendment {
  id: string;
  state: "draft" | "pending" | "active" | "suspended" | "expired" | "revoked" | "erased";
  author: string;
}

/** A hospital's answer to its invitation, and how its fingerprint was read out by telephone. */
export interface AnswerRequest {
  answer: string;
  read_out: string;
}

/** How many were answered within so many seconds, and not within the bound before; null: they took longer. */
export interface AnsweredWithin {
  seconds: number | null;
  count: number;
}

/** What is approved: the revision that the approver has seen. What was changed since must be looked at again. */
export interface ApprovalRequest {
  revision: number;
}

/** Rules and zones of the account's sites, and what each site lets out. */
export interface Arranged {
  rules: Array<RuleView>;
  zones: Array<ZoneView>;
  shows_place: Array<string>;
}

/** One thing that was done, read or checked. ``through`` is the database role that wrote it. */
export interface AuditEvent {
  number: number;
  at: string;
  by: string;
  account: string | null;
  through: string;
  action: string;
  about_kind: string;
  about: string;
  reason: string;
  details: string;
  sha256: string;
}

/** What to write to a file, and why: it is recorded first. Hashes can be recomputed from ``jsonl`` alone. */
export interface AuditExport {
  since?: string | null;
  until?: string | null;
  account?: string | null;
  kind?: string | null;
  about?: string | null;
  form: "csv" | "jsonl";
  reason: string;
}

/** Something that cannot be so in an audit that nobody touched, at this event. */
export interface AuditFault {
  kind: "missing" | "unlinked" | "altered" | "contradicted" | "short" | "replaced" | "cut_off";
  number: number;
}

/** A head that was kept elsewhere, and whether the chain says the same at its number. */
export interface AuditHeadCompared {
  sequence: number;
  sha256: string;
  agrees: boolean;
}

/** A head of the chain that was kept outside the database. */
export interface AuditHeadKept {
  sequence: number;
  sha256: string;
}

/** Newest first; ``next`` is the cursor of the following page, if there is one. That it was read is an event. */
export interface AuditPage {
  events: Array<AuditEvent>;
  next: string | null;
}

/** What came of a part of the chain. With ``ended`` it was the last one, and the chain's head is this part's. */
export interface AuditPart {
  events: number;
  sequence: number;
  sha256: string;
  total: number;
  ended: boolean;
  faults: Array<AuditFault>;
  compared: Array<AuditHeadCompared>;
  published: AuditPublished | null;
}

/** The last head on the broker's stream; nobody can delete from that. */
export interface AuditPublished {
  sequence: number;
  sha256: string;
  at: string;
}

/** A page of the audit, newest first. */
export interface AuditSearch {
  since?: string | null;
  until?: string | null;
  account?: string | null;
  kind?: string | null;
  about?: string | null;
  cursor?: string | null;
  limit?: number;
}

/** Recompute the next part of the chain, behind an event whose hash is known; from the first where it is 0. */
export interface AuditVerification {
  after?: number;
  sha256?: string;
  heads?: Array<AuditHeadKept>;
}

/** The last backup, null where there is none, and how old it may be. */
export interface BackupRunning {
  made_at: string | null;
  most_hours: number;
}

/** Someone in the import who looks like somebody listed, or like somebody else in it. */
export interface BatchLikeness {
  entry: string;
  label: string;
  likeness: LikenessView;
}

/** Newest first. */
export interface BatchPage {
  batches: Array<BatchView>;
  next: string | null;
}

/** An import: what was judged so far and where it stands. ``reasons`` counts findings by code. */
export interface BatchView {
  id: string;
  revision: number;
  state: "open" | "committed" | "undone" | "discarded";
  purpose: PurposeRequest;
  last_day: string | null;
  author: string;
  opened_at: string;
  ends_at: string | null;
  counts: ImportCounts;
  people: number;
  people_ready: number;
  people_warning: number;
  people_left_out: number;
  ready: number;
  warning: number;
  rejected: number;
  rows_rejected: number;
  reasons: Record<string, number>;
  undecided: number;
  has_table?: boolean;
  drafts?: number;
  pending: number;
  active: number;
  committed_at: string | null;
  undo_until: string | null;
  report_until?: string | null;
  generation: number | null;
}

/** What a budget would cost: shares of listed people's walks that raise no alert. */
export interface BudgetChoice {
  weekly_false_alerts: number;
  met: boolean;
  missed: number;
  missed_of_one_view: number;
}

/** What the budget that holds leads to; without one, what is expected. ``others`` is for sites without counts. */
export interface BudgetPlan {
  entries: number;
  others: number;
  sites: Array<SiteBudget>;
  elsewhere: Array<BudgetChoice>;
}

/** From which cosine on one walk at a camera raises an alert, what is expected, and of how many counted walks. */
export interface CameraBudget {
  camera: string;
  threshold: number;
  expected: ExpectedAlerts;
  chance: number;
  walks: number;
}

/** When the line of one camera was last proven; ``proven_at`` is null until it was, since this server began. */
export interface CameraLine {
  site: string;
  camera: string;
  proven_at: string | null;
  broken: boolean;
  last_stage: string | null;
  stopped: boolean;
  pages_told: number | null;
  pages_answered: number | null;
}

/** Whether a camera is missed when it is silent. One that sends again later is expected again. */
export interface CameraRequest {
  expected: boolean;
}

/** A camera as it was heard of last; one that is not ``expected`` is not missed when it is silent. */
export interface CameraView {
  site: string;
  camera: string;
  expected: boolean;
  silent_seconds: number;
  frames_per_second: number | null;
  width_px: number | null;
  height_px: number | null;
  refused: Record<string, number>;
  clock_offset_seconds: number | null;
}

/** The closed list of grounds. */
export interface Categories {
  categories: Array<CategoryView>;
}

/** A ground an entry may stand on, and the last days that one which begins today has as a rule and at most. */
export interface CategoryView {
  code: string;
  title: string;
  longest_days: number;
  usual_last_day: string;
  latest_last_day: string;
}

/** A certificate by its file's name; ``ends_at`` is null where it cannot be read. */
export interface CertificateRunning {
  file: string;
  ends_at: string | null;
}

/** What an authenticator signs; good for five minutes, and once. */
export interface Challenge {
  challenge: string;
  rp_id: string;
  credentials: Array<string>;
}

/** One row of an entry's history, or of a change of it that was drafted apart. */
export interface ChangeView {
  revision: number;
  state: "draft" | "pending" | "active" | "suspended" | "expired" | "revoked" | "erased";
  account: string;
  reason: string;
  at: string;
  generation: number | null;
  of_amendment?: boolean;
}

/** A channel that was set; the secret that its webhooks are signed with is shown this once. */
export interface ChannelKept {
  name: string;
  secret?: string | null;
}

/** A channel. ``address`` holds its password where it has one, and is never shown again; no site: for all sites. */
export interface ChannelRequest {
  site?: string | null;
  medium: Medium;
  address: string;
  token?: string;
}

/** A channel without its address; ``host`` says where it leads. */
export interface ChannelView {
  name: string;
  site: string | null;
  medium: Medium;
  host: string;
  paused: boolean;
  changed_at: string;
  changed_by: string;
}

/** The channels of the account's sites. */
export interface Channels {
  channels: Array<ChannelView>;
}

/** Walks of films whose people are known not to be on the list, and those that would have raised an incident. */
export interface ClipFigures {
  films: number;
  frames: number;
  faces: number;
  walks: number;
  raised: Share | null;
  nearest: number | null;
}

/** A one-time code. It is shown once: nothing of it is kept but its digest. ``qr`` is of ``link``. */
export interface CodeMade {
  code: string;
  expires_at: string;
  link: string;
  qr: QrCode;
}

/** A one-time code as printed, with or without dashes. */
export interface CodeRequest {
  code: string;
}

/** Put everyone forward who is ready. ``accept_warnings`` is the reason for which all warnings are accepted. */
export interface CommitRequest {
  accept_warnings?: string | null;
  leave_out_rejected?: boolean;
}

/** Two faces of people who agreed (``grounds``: where their consent is kept), or generated (what made them). */
export interface ControlPairRequest {
  same: boolean;
  source: "consent" | "generated";
  grounds: string;
}

/** A control pair; it is shown once it is ``complete``. */
export interface ControlPairView {
  id: string;
  same: boolean;
  source: "consent" | "generated";
  grounds: string;
  complete: boolean;
  added_by: string;
  added_at: string;
}

/** Every pair, newest first, and whether they are shown. */
export interface ControlPairs {
  on: boolean;
  pairs: Array<ControlPairView>;
}

/** What a reviewer is told once they have answered a control pair; ``right`` is null for who cannot tell. */
export interface ControlResult {
  same: boolean;
  right: boolean | null;
}

/** Whether control pairs are shown. */
export interface ControlUse {
  on: boolean;
}

/** Another verdict in the place of one's own; or none in the place of ``account``'s, which supervisors set aside. */
export interface CorrectionRequest {
  verdict: Verdict | null;
  account?: string;
  reason?: string;
}

/** How many came to what; ``read`` is the sum of the others. */
export interface Counts {
  read: number;
  question: number;
  refused: number;
  warning: number;
  listed: number;
  ready: number;
}

/** What was measured on. ``digest`` is of all files; ``left_out`` counts people and pictures that were. */
export interface DataSet {
  name: string;
  digest: string;
  pictures: number;
  people: number;
  faces: number;
  refused: number;
  left_out: number;
}

/** The alerts of one day, by what came of them. */
export interface DayCounts {
  day: string;
  outcomes: OutcomeCounts;
}

/** Messages, in the order in which they were due. */
export interface Deliveries {
  deliveries: Array<DeliveryView>;
}

/** How messages leave. ``silent``: nothing was heard of the delivery service. */
export interface DeliveryRunning {
  silent: boolean;
  dead_letters: number;
  paths: Array<PathRunning>;
}

/** One message by one path, and how far it came. ``target`` is a channel, ``account`` whose phone it is. */
export interface DeliveryView {
  id: string;
  incident: string | null;
  site: string;
  kind: "raised" | "reopened" | "answered" | "closed" | "withdrawn" | "corrected" | "test";
  path: Path;
  account: string | null;
  channel: string | null;
  state: "waiting" | "sent" | "failed" | "dead" | "cancelled";
  reason: string;
  attempts: number;
  due_at: string;
  sent_at: string | null;
  shown_at: string | null;
  opened_at: string | null;
  answered_at: string | null;
}

/** Where an account is signed in; ``own``: whoever asks does so from it. */
export interface DeviceRow {
  id: string;
  name: string;
  way: "code" | "passkey" | "oidc";
  signed_in_at: string;
  used_at: string | null;
  expires_at: string;
  own: boolean;
}

/** How many devices were signed out. */
export interface DevicesLost {
  ended: number;
}

/** What is shown only after one's own verdict; all but ``label`` only when the incident is decided. */
export interface Disclosed {
  label: string | null;
  strength: "strong" | "possible" | null;
  sightings: number | null;
  verdicts: Array<Verdict>;
  by: Array<GivenVerdict>;
}

/** A disk that must not fill up; ``free_bytes`` is null where nobody can look at it. */
export interface DiskRunning {
  name: string;
  free_bytes: number | null;
  hours_left: number | null;
  level: "well" | "low" | "full" | "unknown";
}

/** Data of the server-sent event ``drill``: the page answers it by itself and shows nothing. */
export interface DrillEvent {
  drill: string;
}

/** On or off duty at a site; a keeper may say it of another account. */
export interface DutyRequest {
  site: string;
  on: boolean;
  account?: string | null;
}

/** How many entries have this last day, and for how many of them a later end is asked for already. */
export interface EndingDay {
  day: string;
  entries: number;
  asked: number;
}

/** The last days of entries that match, are suspended or ended a short time ago; others have none. */
export interface Endings {
  days: Array<EndingDay>;
}

/** Newest change first; ``next`` is the cursor of the following page, if there is one. */
export interface EntryPage {
  entries: Array<EntryRow>;
  next: string | null;
  counts?: Record<string, number>;
}

/** A person to put forward. Without an expiry the entry stands for two years, or as long as its category allows. */
export interface EntryRequest {
  last_day?: string | null;
  expires_at?: string | null;
  label: string;
  category: string;
  basis: string;
  evidence: string;
  instruction: string;
  note?: string;
  scope?: Scope;
  identity_number?: string | null;
  external_id?: string | null;
}

/** An entry in a list; it matches until ``expires_at``, when its ``last_day`` is over in the hospital. */
export interface EntryRow {
  id: string;
  revision: number;
  state: "draft" | "pending" | "active" | "suspended" | "expired" | "revoked" | "erased";
  label: string;
  category: string;
  scope: Scope;
  expires_at: string;
  last_day: string;
  photos: number;
  first_photo?: number | null;
  author: string;
  approver: string | null;
  changed_at: string;
  batch: string | null;
  origin?: Origin | null;
  amends?: string | null;
}

/** An entry as those who keep the list see it. */
export interface EntryView {
  id: string;
  revision: number;
  state: "draft" | "pending" | "active" | "suspended" | "expired" | "revoked" | "erased";
  label: string;
  category: string;
  scope: Scope;
  expires_at: string;
  last_day: string;
  photos: number;
  first_photo?: number | null;
  author: string;
  approver: string | null;
  changed_at: string;
  batch: string | null;
  origin?: Origin | null;
  amends?: string | null;
  sites: Array<string>;
  basis: string;
  evidence: string;
  instruction: string;
  note: string;
  created_at: string;
  put_forward_by: string | null;
  approved_at: string | null;
  renewal: Renewal | null;
  changed_by: string;
  reason: string;
  identity_last_four: string | null;
  photo_list: Array<PhotoView>;
  likenesses: Array<LikenessView>;
  replaces?: Array<string>;
  replaced_by?: string | null;
  generation?: number | null;
  returned?: Returned | null;
  amendment?: Amendment | null;
  restores?: string | null;
  merged?: Array<Merged>;
  merged_into?: string | null;
}

/** How far an erasure is: complete when key and stream are clean and every known matcher has signed. */
export interface ErasureView {
  entry: string;
  erased_by: string;
  erased_at: string;
  reason: string;
  key_destroyed_at: string | null;
  stream_purged_at: string | null;
  receipts: Array<ReceiptView>;
  owed: Array<OwedReceipt>;
  hospitals?: number;
  hospitals_closed?: number;
  hospitals_open?: Array<string>;
  complete: boolean;
}

/** ``count`` of ``of``, and the 95 % interval of the share (Wilson). */
export interface ErrorShare {
  count: number;
  of: number;
  low: number;
  high: number;
}

/** False alerts a week, and 95 %. */
export interface ExpectedAlerts {
  alerts: number;
  low: number;
  high: number;
}

/** An identity number to look for. */
export interface FindRequest {
  number: string;
}

/** One thing about a photo or a row: the measure, its limit, and the remedy in words. */
export interface Finding {
  code: FindingCode;
  severity: "rejected" | "warning" | "note";
  value?: number | null;
  limit?: number | null;
  text: string;
  meant?: Array<string>;
  about?: string | null;
}

/** A code with its ``meaning`` in one line; the finding itself says measure, limit and remedy. */
export type FindingCode = "no_face" | "several_faces" | "unclear_face" | "small_face" | "small_eye_distance" | "cut_off" | "turned" | "tilted" | "pitched" | "blurred" | "dark" | "overexposed" | "low_contrast" | "greyscale" | "covered_mouth" | "covered_eyes" | "like_many" | "no_template" | "empty" | "not_an_image" | "damaged" | "too_many_bytes" | "too_many_pixels" | "too_few_pixels" | "animated" | "unsupported" | "unreadable" | "encrypted" | "bad_name" | "duplicate_file" | "too_many_photos" | "unlike_others" | "removed" | "missing_photo" | "already_listed" | "in_open_import" | "discarded" | "no_row" | "spelled_differently" | "name_twice" | "inner_archive" | "wrong_encoding" | "read_as" | "bad_header" | "unknown_column" | "bad_row" | "row_twice" | "no_external_id" | "bad_external_id" | "too_long" | "unknown_category" | "bad_date" | "unclear_date" | "bad_expiry" | "bad_identity_number" | "number_in_text";

/** A step of an installation's first hour, and the accounts or cameras by which it is done. */
export interface FirstStep {
  code: "administrator" | "supervisor" | "second" | "camera" | "person" | "phone" | "alert";
  done: boolean;
  names: Array<string>;
}

/** What is left to do until an alert can be raised and answered. */
export interface FirstSteps {
  steps: Array<FirstStep>;
  site: string;
  command: string;
  phones_can_sign_in: boolean;
}

/** Everybody with two pictures or more is listed by the first; everybody with one is a stranger. */
export interface FixedList {
  listed: number;
  searches: number;
  strangers: number;
  rank_one: Share;
  thresholds: Array<ThresholdPoint>;
}

/** The lowest threshold that may be set, and what it lets through and misses of single pictures. */
export interface Floor {
  threshold: number;
  listed: number;
  missed: Share;
  taken: Share;
}

/** Marked faces of a height, and the share that is found. */
export interface FoundFaces {
  label: string;
  lowest_px: number;
  below_px: number | null;
  faces: number;
  found: Share;
}

/** Who said what; null: it was set aside. */
export interface GivenVerdict {
  account: string;
  verdict: Verdict | null;
}

/** Of the people who declared one group, at the threshold of a sighting; null where there are too few of them. */
export interface GroupFigures {
  group: string;
  people: number;
  searches: number;
  missed: Share | null;
  taken: Share | null;
}

/** The sites of a group. */
export interface GroupRequest {
  sites: Array<string>;
}

/** A named set of sites. */
export interface GroupView {
  name: string;
  sites: Array<string>;
  changed_by: string;
  changed_at: string;
}

/** Every group. */
export interface Groups {
  groups: Array<GroupView>;
}

/** What a hospital said of itself last. ``same``: it holds what the publisher's record has said. */
export interface HelloView {
  heard_at: string;
  number: number;
  number_since: string;
  same: boolean;
  behind: boolean;
  entries: number;
  locked: number;
  suspended: number;
  matchers: number;
  matchers_current: number;
  owed: number;
  publisher: string;
}

/** Comparisons by cosine from ``lowest`` on, in equal steps: pairs of one person, and of two. */
export interface Histogram {
  lowest: number;
  step: number;
  same: Array<number>;
  others: Array<number>;
}

/** Everything that was done to an entry, oldest first. */
export interface History {
  changes: Array<ChangeView>;
}

/** A hospital of a list. ``fingerprint`` is of its answer, ``link_key`` what its broker is let in by. */
export interface HospitalView {
  hospital: string;
  title: string;
  state: "asked" | "invited" | "answered" | "admitted" | "removed";
  asked_by: string;
  fingerprint: string;
  link_key: string;
  invitation_expires_at: string;
  admitted_at: string | null;
  removed_at: string | null;
  removed_reason: string;
  keys: number;
  owed: number;
  hello: HelloView | null;
  renewal: RenewalView | null;
}

/** Searches of random lists of ``listed`` people with ``photos`` photos each. */
export interface Identification {
  kind: "pictures" | "unlike" | "alike";
  listed: number;
  photos: number;
  searches: number;
  people: number;
  strangers: number;
  stranger_people: number;
  rank_one: Share;
  points: Array<RatePoint>;
  thresholds: Array<ThresholdPoint>;
  shipped?: ThresholdPoint | null;
  curve_taken: Array<number>;
  curve_missed: Array<number>;
}

/** An identity number in full. */
export interface IdentityRevealed {
  number: string;
}

/** All photos that were judged, all lines of people.csv, and all people whom a photo or a line names. */
export interface ImportCounts {
  people: Counts;
  photos: Counts;
  lines: Counts;
}

/** For supervisors, after their own verdict or the decision. */
export interface IncidentDetails {
  id: string;
  measurements: Array<MeasurementView>;
}

/** Data of the server-sent event ``incident``. */
export interface IncidentEvent {
  kind: "raised" | "updated" | "responding" | "closed";
  incident: string;
  site: string;
  camera: string;
  status: "new" | "responding" | "closed";
  raised_at: string;
  at: string;
  stages: Stages | null;
}

/** Newest first; ``next`` is the cursor of the following page, if there is one. */
export interface IncidentPage {
  incidents: Array<IncidentView>;
  next: string | null;
}

/** Incidents that are sought; what is left out is any. Days are the hospital's, the last one included. */
export interface IncidentSearch {
  site?: string;
  camera?: string;
  zone?: string;
  since?: string | null;
  until?: string | null;
  category?: string;
  state?: Standing | null;
  outcome?: Outcome | null;
  account?: string;
  label?: string;
  cursor?: string | null;
  limit?: number;
}

/** Counts of incidents on record, by the day on which they were raised. Answered: somebody went, or compared. */
export interface IncidentStatistics {
  since: string;
  until: string;
  days: Array<DayCounts>;
  outcomes: OutcomeCounts;
  answered: Array<AnsweredWithin>;
  unanswered: number;
  categories: Array<JudgedCategory>;
}

/** An incident as this account may see it. */
export interface IncidentView {
  id: string;
  number: number;
  site: string;
  status: "new" | "responding" | "closed";
  outcome: Outcome | null;
  raised_at: string;
  first_seen_at: string;
  last_seen_at: string;
  camera: string;
  cameras: Array<string>;
  category: string | null;
  instruction: string | null;
  responder: Responder | null;
  my_verdict: Verdict | null;
  may_review: boolean;
  disputed: boolean;
  corrected_at: string | null;
  arrived_at: string | null;
  report: ReportView | null;
  disclosed: Disclosed | null;
  control?: ControlResult | null;
  notice?: string;
}

/** A recogniser that is at work, and the report that holds for it. */
export interface InstalledModel {
  model_sha256: string;
  dataset: string | null;
  measured_on: string | null;
  holds_until: string | null;
  matches_until: string;
  digest: string | null;
  report: AccuracyReport | null;
}

/** A hospital to invite. ``authority`` is PEM; empty where a public one vouches for the hub. */
export interface InvitationRequest {
  hospital: string;
  title: string;
  addresses: Array<string>;
  authority?: string;
  days?: number;
}

/** A signed invitation; ``invitation`` is base64, and empty until two people asked for it and it was signed. */
export interface InvitationView {
  list: string;
  hospital: string;
  title: string;
  expires_at: string;
  invitation: string;
  fingerprint: string;
  qr: QrCode | null;
}

/** What needs a person first, or by name; ``next`` is the cursor of the following page, if there is one. */
export interface ItemPage {
  items: Array<ItemView>;
  next: string | null;
}

/** One row of the report: a file, a line of people.csv, or a person as a whole. */
export interface ItemView {
  kind?: "file" | "row" | "person";
  name: string;
  label?: string | null;
  external_id: string | null;
  entry: string | null;
  file_sha256: string | null;
  verdict: PhotoVerdict;
  outcome: "question" | "refused" | "warning" | "listed" | "ready";
  findings: Array<Finding>;
}

/** An invitation's file, the last sixteen characters of its fingerprint as heard, and for which sites. */
export interface JoinRequest {
  invitation: string;
  fingerprint: string;
  sites: Array<string>;
}

/** The same characters, so that nobody approves another invitation than the one that was compared. */
export interface JoiningApproval {
  fingerprint: string;
}

/** How many alerts about a category people judged right and wrong; no category: the entry is gone. */
export interface JudgedCategory {
  category: string;
  confirmed: number;
  rejected: number;
}

/** How many data keys were wrapped by the current key now; while some are ``left``, ask again. */
export interface KeysRewrapped {
  current: string;
  rewrapped: number;
  left: number;
}

/** The keyring held against the record: a value of every entry and every standing import was opened. */
export interface KeysView {
  current: string;
  wrapped_by: Record<string, number>;
  entries: number;
  imports: number;
  unreadable_count: number;
  unreadable: Array<string>;
  not_destroyed: number;
  orphans: number;
}

/** Digests of the files that need not be sent again. */
export interface Known {
  sha256: Array<string>;
}

/** Digests of files, in hexadecimal; the answer says which of them this import has judged already. */
export interface KnownRequest {
  sha256: Array<string>;
}

/** An enrolled photo of which a recogniser makes nothing: no face is found in it any more, or no vector comes. */
export interface LeftOutPhoto {
  entry: string;
  position: number;
  model_sha256: string;
  cause: string;
}

/** Undecided first. */
export interface LikenessPage {
  likenesses: Array<BatchLikeness>;
  next: string | null;
}

/** One person: then the draft takes the other's place. Or two people who look alike: both need more to match. */
export interface LikenessRequest {
  decision: "same_person" | "different_people";
  reason: string;
}

/** Another entry that looks like this one; a person decides what that means. */
export interface LikenessView {
  other: string;
  label: string;
  state: "draft" | "pending" | "active" | "suspended" | "expired" | "revoked" | "erased";
  strength: "probably_same" | "alike";
  decision: "same_person" | "different_people" | null;
  decided_by: string | null;
  decided_at: string | null;
  reason: string;
}

/** The signed answer to an invitation in base64, and what the publisher compares of it by telephone. */
export interface ListAnswer {
  list: string;
  hospital: string;
  answer: string;
  fingerprint: string;
  qr: QrCode | null;
}

/** An entry that hospitals have to erase: how many had it, and who has not closed. */
export interface ListErasure {
  entry: string;
  told_at: string;
  erased: boolean;
  hospitals: number;
  closed: number;
  owing: Array<OwingHospital>;
}

/** A list to publish. After ``silent_days`` without a word from here, hospitals suspend it by themselves. */
export interface ListRequest {
  list: string;
  title: string;
  silent_days?: number;
}

/** Where a change of the list is live: "live on 2 of 2 matchers after 1.4 s". */
export interface Liveness {
  generation: number;
  committed_at: string | null;
  published_at: string | null;
  live: number;
  matchers: Array<MatcherView>;
  seconds: number | null;
}

/** A matcher and what it has applied; ``locked`` of its entries cannot match until it can use their data key. */
export interface MatcherView {
  name: string;
  seen_at: string;
  silent: boolean;
  entries: number;
  templates: number;
  locked: number;
  applied_sequence: number;
  index_generation: number;
  clock_skew_ms: number;
}

/** Stop or resume matching at a site, and why. */
export interface MatchingRequest {
  stopped: boolean;
  reason: string;
}

/** Whether matching runs at a site, and who said so. */
export interface MatchingState {
  site: string;
  stopped: boolean;
  account?: string | null;
  reason?: string | null;
  at?: string | null;
  stored?: boolean;
  reached?: Array<string>;
}

/** Whose session this is, and in whose time zone (by its IANA name) the hospital's days and times are shown. */
export interface Me {
  id: string;
  account: string;
  role: Role;
  may: Array<string>;
  sites: Array<string> | null;
  expires_at: string;
  time_zone: string;
}

/** A network that was measured, by the digest of its file as published. */
export interface MeasuredModel {
  role: "detector" | "embedder";
  name: string;
  sha256: string;
}

/** One sighting in figures; ``similarity`` is a cosine: of the mean of the walk's ``looks`` so far. */
export interface MeasurementView {
  seen_at: string;
  camera: string;
  similarity: number;
  face_px: number;
  yaw_degrees: number;
  walk: number | null;
  looks: number | null;
}

/** What was measured of a face; see Quality in events.proto for the units. */
export interface Measures {
  face_px: number;
  eye_distance_px: number;
  sharpness: number;
  yaw_degrees: number;
  roll_degrees: number;
  exposure: number;
}

/** What kind of channel people set up. */
export type Medium = "ntfy" | "wecom" | "dingtalk" | "feishu" | "mail" | "webhook";

/** An entry that ended because it was merged into this one, with how many photos that came along. */
export interface Merged {
  other: string;
  label: string;
  photos: number;
  by: string;
  at: string;
  undone_by: string | null;
  undone_at: string | null;
}

/** How far the list is with one of the two: of ``photos``, those with a template, and those that yield none. */
export interface ModelProgress {
  model_sha256: string;
  photos: number;
  made: number;
  left_out: number;
  entries_without: number;
}

/** How near the walks of a site came to the list by one recogniser, over days that both have counted. */
export interface ModelScores {
  model_sha256: string;
  decides: boolean;
  walks: number;
  above: Array<Above>;
  raises: number | null;
  as_many: number | null;
}

/** Which recognisers the list has templates of, which of them decides where, and what both counted. */
export interface ModelsView {
  list_model: string;
  threshold_model: string | null;
  roll: RollView | null;
  sites: Array<SwitchView>;
  waits: SwitchView | null;
  counted: Array<SiteScores>;
}

/** A name. */
export interface NameRequest {
  name: string;
}

/** A passkey that an authenticator made; base64url. */
export interface NewPasskeyRequest {
  name: string;
  client_data: string;
  attestation: string;
}

/** Something more to compare, by the id that an incident would have; null: nothing. */
export interface NextPair {
  incident: string | null;
}

/** What the hospital's own sign-in sent the browser back with. */
export interface OidcAnswer {
  code: string;
  state: string;
  iss?: string | null;
}

/** Where the browser goes. */
export interface OidcOffer {
  address: string;
}

/** Begin at the hospital's own sign-in; ``prove``: somebody who is signed in proves anew who they are. */
export interface OidcRequest {
  prove?: boolean;
}

/** Somebody on duty: signed in, and has said so. */
export interface OnDuty {
  site: string;
  account: string;
  role: string;
  since: string;
  phones: number;
  proven_at: string | null;
}

/** The list of another hospital that an entry is from; nobody here changes it, but may suspend it. */
export interface Origin {
  list: string;
  title: string;
}

/** What came of an incident; only a correction changes it, and never into "confirmed". */
export type Outcome = "confirmed" | "rejected" | "unresolved" | "ended";

/** How many incidents came to what. */
export interface OutcomeCounts {
  confirmed: number;
  rejected: number;
  unresolved: number;
  ended: number;
  undecided: number;
}

/** A matcher that has not said so yet, and when it was last heard. */
export interface OwedReceipt {
  matcher: string;
  seen_at: string;
  silent: boolean;
}

/** A hospital that has not closed an erasure, with what two people may say in its place. */
export interface OwingHospital {
  hospital: string;
  title: string;
  signed: number;
  heard_at: string | null;
  closing_asked_by: string | null;
  closing_reason: string;
}

/** Another entry, and why the two are merged, or parted again. */
export interface PairRequest {
  other: string;
  reason: string;
}

/** What an authenticator answered; base64url. */
export interface PasskeyAnswer {
  credential: string;
  client_data: string;
  authenticator_data: string;
  signature: string;
}

/** What an authenticator makes a passkey with. */
export interface PasskeyChallenge {
  challenge: string;
  rp_id: string;
  user: string;
  account: string;
  algorithms: Array<number>;
  known: Array<string>;
}

/** A passkey. ``copied``: its counter went back, so there is a copy, and neither is taken any more. */
export interface PasskeyRow {
  id: string;
  name: string;
  page: string;
  created_at: string;
  used_at: string | null;
  copied: boolean;
}

/** Ways by which a message leaves the house, or the machine. */
export type Path = "push" | "ntfy" | "chat" | "webhook" | "nats" | "nobody";

/** Messages of the last hour by one way, of the account's sites. ``seconds``: 95 of 100 had left within. */
export interface PathRunning {
  path: string;
  sent: number;
  waiting: number;
  failed: number;
  seconds: number | null;
}

/** Whether a channel rests: then nothing but tests goes by it. */
export interface PauseRequest {
  paused: boolean;
}

/** What became of a photo, and where it is kept, if it is. */
export interface PhotoJudged {
  verdict: PhotoVerdict;
  findings: Array<Finding>;
  measures: Measures | null;
  position: number | null;
}

/** An enrolled photo. Each of its ``warnings`` must be accepted before the entry is put forward. */
export interface PhotoView {
  position: number;
  name: string;
  source: string;
  taken_at: string | null;
  taken_on: string | null;
  added_at: string;
  measures: Measures;
  warnings: Array<string>;
  accepted_findings: Array<string>;
  accepted_reason: string;
  suspended_at: string | null;
  suspended_reason: string;
  person?: number | null;
}

/** The places of the account's sites that are described. */
export interface PlaceList {
  places: Array<PlaceView>;
}

/** Where a camera is, in words that a guard knows. */
export interface PlaceRequest {
  name: string;
  building?: string;
  floor?: string;
}

/** Where a camera is. ``plan``: whether there is a picture of the place. */
export interface PlaceView {
  site: string;
  camera: string;
  name: string;
  building: string;
  floor: string;
  plan: boolean;
}

/** How often a rule would have rung within the last 24 hours, and of how many alerts. */
export interface Preview {
  rung: number;
  alerts: number;
}

/** RFC 9457: what went wrong, in words; ``code`` and ``params`` say the detail for other languages. */
export interface Problem {
  type?: string;
  title: string;
  status: number;
  detail?: string | null;
  code?: string | null;
  params?: Record<string, string | number | Array<string>>;
}

/** What is proven, and when. */
export interface Proof {
  checked_at: string | null;
  version: string;
  hospital: string;
  head: ProofHead | null;
  published: ProofHead | null;
  agrees: boolean | null;
  days: Array<ProofDay>;
  verification: ProofVerification | null;
  report_key_sha256: string;
  reports: Array<ProofReport>;
  notice?: string;
}

/** The last event of a day of the hospital. Whoever keeps it can tell later whether what was before it changed. */
export interface ProofDay {
  day: string;
  sequence: number;
  sha256: string;
}

/** An event of the audit: its number, and the SHA-256 that everything before it leads to. */
export interface ProofHead {
  sequence: number;
  sha256: string;
  at: string;
}

/** A monthly transparency report as it was published: its counts by their dotted names, as ``alerts.raised``. */
export interface ProofReport {
  month: string;
  published_at: string;
  counts: Record<string, string | number | null>;
}

/** What the hospital published when its audit was verified last: recomputed whole, and compared with kept heads. */
export interface ProofVerification {
  at: string;
  version: string;
  sequence: number;
  heads_compared: number;
  covered: number;
  faults: number;
}

/** A list that is published here; ``waits`` counts what waits for the approval of another account. */
export interface PublishedList {
  list: string;
  title: string;
  silent_days: number;
  made_by: string;
  made_at: string;
  entries: number;
  hospitals: number;
  waits: number;
}

/** Every list that is published here. */
export interface PublishedLists {
  lists: Array<PublishedList>;
}

/** What holds for everybody in an import whose own row in people.csv says nothing else. */
export interface PurposeRequest {
  last_day?: string | null;
  expires_at?: string | null;
  category: string;
  basis: string;
  evidence: string;
  instruction: string;
  source: string;
  scope?: Scope;
}

/** The public key of this installation's pushes (VAPID), base64url. */
export interface PushKey {
  public_key: string;
}

/** Data of the server-sent event ``push_proven``: this session's phone has shown what was pushed to it. */
export interface PushProvenEvent {
  proven_at: string;
}

/** A QR code of ``size`` by ``size`` modules; ``path`` is the SVG path of the dark ones. */
export interface QrCode {
  size: number;
  path: string;
}

/** What is missed where strangers are taken for somebody at ``rate``; null where the data cannot bear the figure. */
export interface RatePoint {
  rate: number;
  threshold: number | null;
  missed: Share | null;
  held_out?: Share | null;
  pairs?: number;
  extrapolated?: boolean;
}

/** Why; it is recorded. */
export interface ReasonRequest {
  reason: string;
}

/** One thing that keeps alerts from working: at ``site``, or everywhere where that is null. */
export interface ReasonView {
  code: string;
  working: Working;
  site: string | null;
  parameters: Record<string, string | number>;
  text: string;
}

/** A phone says what became of a message; ``receipt`` came with it. */
export interface Receipt {
  delivery: string;
  receipt: string;
  state: "shown" | "opened";
}

/** A matcher that has let go of an erased entry. */
export interface ReceiptView {
  matcher: string;
  incarnation: string;
  index_generation: number;
  released_at: string;
}

/** Entries that the record does not know are ended when they are few; ``bury_unknown`` ends them all. */
export interface ReconcileRequest {
  bury_unknown?: boolean;
}

/** A comparison of the watchlist's stream with the record; ``ended_at`` is none while it goes on. */
export interface ReconciliationView {
  cause: "nightly" | "asked" | "stream";
  asked_by: string | null;
  began_at: string;
  ended_at: string | null;
  broken_off: boolean;
  entries: number;
  missing: number;
  behind: number;
  different: number;
  ahead: number;
  unknown: number;
  repaired: number;
  buried: number;
  keys_destroyed: number;
}

/** Ask for a later end; another account must approve it. */
export interface RenewRequest {
  last_day?: string | null;
  expires_at?: string | null;
  reason: string;
}

/** A renewal that waits for its approval. */
export interface Renewal {
  by: string;
  expires_at: string;
  last_day: string;
}

/** Accepts the announced keys whose fingerprint was shown to whoever accepts. */
export interface RenewalRequest {
  fingerprint: string;
}

/** The next keys of somebody else, announced by the former one; two accounts accept them. */
export interface RenewalView {
  fingerprint: string;
  heard_at: string;
  asked_by: string | null;
  accepted_by: string | null;
}

/** A repair that somebody asked for. Of ``entries`` so many were found ``missing`` or ``differing``. */
export interface RepairView {
  asked_by: string;
  asked_at: string;
  done_at: string | null;
  entries: number;
  missing: number;
  differing: number;
  agrees: boolean;
}

/** A stream of the broker that was not as it should be within the last day, and was put right. */
export interface RepairedStream {
  stream: string;
  cause: "forged" | "lost" | "older";
  at: string;
}

/** A living replica of a stage, and how many of the 64 shares of the cameras it has. */
export interface ReplicaView {
  stage: string;
  replica: string;
  silent_seconds: number;
  shares: number;
}

/** A report of a confirmed incident, why, and in which form; with ``pictures`` only where they are needed. */
export interface ReportFileRequest {
  reason: string;
  format?: "json" | "pdf";
  pictures?: boolean;
  language?: "en" | "zh-CN";
}

/** What came of going there, and a note that is kept until the entry is erased. */
export interface ReportRequest {
  result: Result;
  note?: string;
}

/** What came of going there. Before one's own verdict or the decision only that there is a report. */
export interface ReportView {
  account: string;
  at: string;
  result: Result | null;
  note: string | null;
}

/** Who is on the way. */
export interface Responder {
  account: string;
  at: string;
}

/** What came of going to an incident. */
export type Result = "met" | "handed_over" | "not_found" | "left" | "nothing_needed";

/** Who sent a draft back that was put forward, when, and what is to be amended. */
export interface Returned {
  by: string;
  at: string;
  comment: string;
}

/** Why an identity number must be read: a reason, and the confirmed alert it is for unless an administrator asks. */
export interface RevealRequest {
  reason: string;
  incident?: string | null;
}

/** An entry that somebody should look at. */
export interface ReviewRow {
  entry: string;
  label: string;
  state: string;
  false_alerts: number;
  suspended_photos: Array<number>;
  same_person?: Array<string>;
  several_people?: boolean;
  expires_at: string;
  last_day: string;
}

/** How often a reviewer erred on control pairs; ``wrong_same`` is of pairs of two people. */
export interface ReviewerErrors {
  reviewer: string;
  shown: number;
  wrong_same: ErrorShare;
  wrong_not_same: ErrorShare;
  cannot_tell: ErrorShare;
}

/** A number of reviewers that somebody asked for. */
export interface ReviewersChange {
  number: number;
  site: string;
  reviewers: number | null;
  reason: string;
  asked_by: string;
  asked_at: string;
  approved_by: string | null;
  approved_at: string | null;
}

/** How many different people must agree at a site, or, without one, wherever no site has its own number. */
export interface ReviewersRequest {
  site: string;
  reviewers: 1 | 2 | null;
  reason: string;
}

/** How many must agree everywhere, what was decided last for each site, and what waits for an approval. */
export interface ReviewersView {
  everywhere: number;
  holds: Array<ReviewersChange>;
  waits: ReviewersChange | null;
}

/** What control pairs say of reviewers: of oneself, or of all for who keeps or audits them. */
export interface Reviewing {
  reviewers: Array<ReviewerErrors>;
}

/** The monthly review list: worst first. */
export interface Reviews {
  reviews: Array<ReviewRow>;
}

/** What an account is for. */
export type Role = "guard" | "reviewer" | "supervisor" | "administrator" | "auditor" | "watchlist_editor";

/** Why a recogniser is brought beside the list's, or one of the two let go. */
export interface RollRequest {
  reason: string;
}

/** A recogniser beside the list's, or the last that was. */
export interface RollView {
  number: number;
  from_sha256: string;
  to_sha256: string;
  to_name: string;
  reason: string;
  started_by: string;
  started_at: string;
  kept_sha256: string | null;
  ended_by: string | null;
  ended_at: string | null;
  progress: Array<ModelProgress>;
  left_out: Array<LeftOutPhoto>;
}

/** Who is on duty at the account's sites; the first is rung first. */
export interface Roster {
  on_duty: Array<OnDuty>;
}

/** For which alerts which channels are used, and how people on duty are rung. What is empty or null is any. */
export interface Rule {
  site?: string | null;
  categories?: Array<string>;
  zones?: Array<string>;
  days?: Array<number>;
  begins?: string | null;
  ends?: string | null;
  channels?: Array<string>;
  people?: "in_turn" | "at_once";
}

/** A rule by its name. */
export interface RuleView {
  name: string;
  rule: Rule;
}

/** How Wardwatch has run, as this process of alerts knows it: in memory alone, since it began. */
export interface RunningView {
  process: string;
  since: string;
  now: string;
  step_seconds: number;
  times: Array<number>;
  stages: Array<StageSteps>;
  lately: Array<StageLately>;
  hints: Array<ScaleHint>;
  replicas: Array<ReplicaView>;
  disks: Array<DiskRunning>;
  certificates: Array<CertificateRunning>;
  backup: BackupRunning | null;
  delivery: DeliveryRunning | null;
  unpublished_seconds: number | null;
  record_away: boolean;
}

/** What to scale, as `wardwatch capacity` says it; words are the reader's. */
export interface ScaleHint {
  code: "nothing_seen" | "machine_full" | "stage_full" | "nothing_full" | "alone";
  parameters: Record<string, string | number>;
}

/** Where an entry may match. A group's sites are taken over when the entry is put forward. */
export interface Scope {
  kind?: "network" | "group" | "sites";
  group?: string | null;
  sites?: Array<string>;
}

/** Entries that say *text* in label, basis, evidence, author, photo's file name, last digits, external id or id. */
export interface SearchRequest {
  text?: string;
  state?: "living" | "ended" | "all" | "draft" | "pending" | "active" | "suspended" | "expired" | "revoked" | "erased";
  batch?: string | null;
  sort?: "changed" | "label" | "ends";
  waiting?: boolean;
  ends_from?: string | null;
  ends_to?: string | null;
  cursor?: string | null;
  limit?: number;
}

/** Who is signed in where, of the accounts that whoever asks may see: active last first, a thousand at most. */
export interface SessionList {
  sessions: Array<SessionRow>;
}

/** A session. Browsers use the cookie that comes with it; other clients send the token as a bearer token. */
export interface SessionOpened {
  token: string;
  id: string;
  account: string;
  role: Role;
  may: Array<string>;
  sites: Array<string> | null;
  expires_at: string;
  time_zone: string;
}

/** Where somebody is signed in. ``kept``: who asks may end it, as they may their own. */
export interface SessionRow {
  id: string;
  name: string;
  way: "code" | "passkey" | "oidc";
  signed_in_at: string;
  used_at: string | null;
  expires_at: string;
  own: boolean;
  account: string;
  account_name: string;
  role: Role;
  kept: boolean;
}

/** A share and its 95 % interval. */
export interface Share {
  value: number;
  low: number;
  high: number;
}

/** The hospitals that an entry is for; none: every hospital of the list, those that join later too. */
export interface ShareRequest {
  hospitals?: Array<string>;
}

/** An entry on a list. ``number`` is of what was said of it last; 0: nothing yet. */
export interface ShareView {
  list: string;
  entry: string;
  hospitals: Array<string>;
  asked_by: string;
  asked_at: string;
  approved_by: string | null;
  approved_at: string | null;
  withdrawn_by: string | null;
  withdrawn_at: string | null;
  withdrawn_reason: string;
  number: number;
  published: boolean;
  scope: Array<string> | null;
  scope_asked_by: string | null;
}

/** How a list stands: at hospitals, what waits for approval, and erasures that not every hospital has closed. */
export interface SharingView {
  published: PublishedList;
  number: number;
  unpublished: number;
  hospitals: Array<HospitalView>;
  waiting: Array<ShareView>;
  erasures: Array<ListErasure>;
  repair: RepairView | null;
}

/** A disk with little room left; ``hours_left`` at the pace of the last hour, where that is known. */
export interface ShortDisk {
  name: string;
  full: boolean;
  free_bytes: number;
  hours_left: number | null;
}

/** A site: what its budget leads to, whether it can be ``met``, and what it costs; ``others`` is for new cameras. */
export interface SiteBudget {
  site: string;
  entries: number;
  others: number;
  expected: ExpectedAlerts;
  met: boolean;
  missed: number;
  missed_of_one_view: number;
  rejected: number;
  expected_so_far: number;
  cameras: Array<CameraBudget>;
  choices: Array<BudgetChoice>;
}

/** What a message may say that leaves the house: the place, or nothing but that there is an alert. */
export interface SiteDelivery {
  shows_place: boolean;
}

/** What both counted at a site since a day: walks, and nobody. */
export interface SiteScores {
  site: string;
  since: string | null;
  models: Array<ModelScores>;
}

/** Whether alerts work at a site. */
export interface SiteView {
  site: string;
  working: Working;
}

/** Every site known here. */
export interface Sites {
  sites: Array<MatchingState>;
}

/** Whether an alert can be heard from the page that says this. */
export interface SoundReport {
  rings: boolean;
}

/** The same of the last five minutes. ``shed`` by reason, in items. */
export interface StageLately {
  stage: string;
  replicas: number;
  received: number;
  done: number;
  shed: Record<string, number>;
  age_seconds: number | null;
  median_age_seconds: number | null;
  busy: number;
  machine: number | null;
}

/** What a stage did, step by step. A second of a step counts alike; null where nothing was done, or nobody said. */
export interface StageSteps {
  stage: string;
  replicas: Array<number>;
  received: Array<number>;
  done: Array<number>;
  shed: Array<number>;
  age_seconds: Array<number | null>;
  busy: Array<number>;
}

/** How long the frame took: milliseconds from the capture of the frame to the end of each stage. */
export interface Stages {
  captured_at: string;
  received_ms: number | null;
  detected_ms: number | null;
  embedded_ms: number | null;
  matched_ms: number | null;
  recorded_ms: number;
}

/** How far an incident is. */
export type Standing = "open" | "new" | "responding" | "disputed" | "closed";

/** Data of the server-sent event ``state``, sent every few seconds; ``code`` says ``reason`` for other languages. */
export interface StateEvent {
  receiving: boolean;
  reason: string | null;
  code?: string | null;
  checked_at: string;
  stopped_sites: Array<string>;
  short_disks: Array<ShortDisk>;
  repaired_streams: Array<RepairedStream>;
  cameras: Array<TroubledCamera>;
  working: Working;
  reasons: Array<ReasonView>;
}

/** Whether alerts work, and what keeps them from it, worst first. */
export interface StateView {
  working: Working;
  at: string;
  reasons: Array<ReasonView>;
  sites: Array<SiteView>;
  cameras: Array<CameraView>;
  replicas: Array<ReplicaView>;
}

/** Seen by one camera from ``since`` to ``until``, and meanwhile by no other. */
export interface StopView {
  camera: string;
  since: string;
  until: string;
}

/** A phone that may be woken: what the browser's push manager gives, in base64url, and what people call it. */
export interface Subscription {
  endpoint: string;
  p256dh: string;
  auth: string;
  device?: string;
}

/** Whether this session's phone can be woken: subscribed, and when it last showed what was pushed. */
export interface SubscriptionState {
  subscribed: boolean;
  device?: string | null;
  proven_at?: string | null;
  failing_since?: string | null;
}

/** A list that was joined, or is asked to be: counts of entries, nothing of whom anybody saw. */
export interface SubscriptionView {
  list: string;
  title: string;
  hospital: string;
  fingerprint: string;
  addresses: Array<string>;
  sites: Array<string>;
  silent_days: number;
  asked_by: string;
  asked_at: string;
  joined_by: string | null;
  joined_at: string | null;
  answered: boolean;
  suspended_by: string | null;
  suspended_at: string | null;
  suspended_reason: string;
  silent_since: string | null;
  left_by: string | null;
  left_at: string | null;
  left_reason: string;
  number: number | null;
  agreed_at: string | null;
  heard_at: string | null;
  listed: number;
  entries: number;
  differing: number;
  differs_since: string | null;
  locked: number;
  suspended_here: number;
  unclosed: number;
  own_key: string;
  renewal: RenewalView | null;
  repair: RepairView | null;
}

/** Every list that was joined, or is asked to be. */
export interface Subscriptions {
  subscriptions: Array<SubscriptionView>;
}

/** The lines of the cameras that are drilled, from the camera's subject to an open page. */
export interface SupervisedLine {
  checked_at: string;
  cameras: Array<CameraLine>;
}

/** Which recogniser is to decide at a site, and its cosines: of a sighting, and of what raises an alert alone. */
export interface SwitchRequest {
  site: string;
  model_sha256: string;
  threshold?: number | null;
  strong?: number | null;
  reason: string;
}

/** What was asked for, or decided, of a site; without a site: of all that have no row of their own. */
export interface SwitchView {
  number: number;
  site: string;
  model_sha256: string;
  threshold: number | null;
  strong: number | null;
  reason: string;
  asked_by: string;
  asked_at: string;
  approved_by: string | null;
  approved_at: string | null;
}

/** A test that was asked for; its receipts say what became of it. */
export interface Tested {
  delivery: string;
}

/** What a threshold misses, and how often strangers reach it. */
export interface ThresholdPoint {
  threshold: number;
  missed: Share;
  taken: Share;
}

/** A threshold that somebody asked for. */
export interface ThresholdProposal {
  number: number;
  threshold: number;
  reason: string;
  asked_by: string;
  asked_at: string;
  approved_by: string | null;
  approved_at: string | null;
  weekly_false_alerts?: number | null;
}

/** A threshold to ask for, as a cosine of two templates, and why; with it how many false alerts can be borne. */
export interface ThresholdRequest {
  threshold: number;
  reason: string;
  weekly_false_alerts?: number | null;
}

/** What holds, what waits for an approval, and what neither may fall below. */
export interface ThresholdView {
  holds: ThresholdProposal;
  waits: ThresholdProposal | null;
  floor: number;
  reports: Array<AccuracyView>;
  budget?: BudgetPlan | null;
}

/** Where the person of an incident was seen, oldest first: place and time, nothing of how alike. */
export interface Trail {
  stops: Array<StopView>;
}

/** A camera and one thing that is wrong with it; ``frames`` were dropped or refused for it since it began. */
export interface TroubledCamera {
  site: string;
  camera: string;
  code: string;
  frames: number;
}

/** What a person says of the two faces. */
export type Verdict = "same" | "not_same" | "cannot_tell";

/** What a reviewer says of the two faces. */
export interface VerdictRequest {
  verdict: Verdict;
}

/** One picture against one: ``missed`` of the points is one less the share of true pairs that are accepted. */
export interface Verification {
  same: number;
  others: number;
  points: Array<RatePoint>;
  accuracy?: number | null;
  deviation?: number | null;
  pairs_missing?: number;
}

/** How many entries wait for who asks: to be approved, themselves, a change or a later end, or to be amended. */
export interface WaitingView {
  approvals: number;
  renewals: number;
  returned: number;
  version: number;
}

/** Accept a photo's warnings, by their codes, for a reason. */
export interface WarningsRequest {
  codes: Array<string>;
  reason: string;
}

/** What the sign-in page offers besides a one-time code. */
export interface WaysToSignIn {
  passkeys: boolean;
  oidc: string | null;
}

/** Why something is done; it is recorded. */
export interface WhyRequest {
  reason: string;
}

/** What a draft says instead of what it said at *revision*; what is left out stays. */
export interface WordsRequest {
  revision: number;
  label?: string | null;
  category?: string | null;
  basis?: string | null;
  evidence?: string | null;
  instruction?: string | null;
  note?: string | null;
  scope?: Scope | null;
  last_day?: string | null;
}

/** Whether alerts are working, from well to not at all. */
export type Working = "yes" | "degraded" | "no";

/** A named set of cameras of one site. */
export interface Zone {
  site: string;
  cameras: Array<string>;
}

/** A zone by its name. */
export interface ZoneView {
  name: string;
  zone: Zone;
}

/** What becomes of a photo. A warning can be accepted with a reason, a rejection cannot. */
export type PhotoVerdict = "ready" | "warning" | "rejected";

export interface Operations {
  "POST /session": { path: null; query: null; body: CodeRequest; answer: SessionOpened };
  "DELETE /session": { path: null; query: null; body: null; answer: null };
  "GET /me": { path: null; query: null; body: null; answer: Me };
  "GET /incidents": { path: null; query: { open?: boolean; cursor?: string; limit?: number }; body: null; answer: IncidentPage };
  "POST /incidents/search": { path: null; query: null; body: IncidentSearch; answer: IncidentPage };
  "GET /incidents/statistics": { path: null; query: { since?: string; until?: string; site?: string }; body: null; answer: IncidentStatistics };
  "GET /incidents/{incident}": { path: { incident: string }; query: null; body: null; answer: IncidentView };
  "GET /incidents/{incident}/details": { path: { incident: string }; query: null; body: null; answer: IncidentDetails };
  "GET /incidents/{incident}/pictures/{which}": { path: { incident: string; which: "watchlist" | "camera" }; query: null; body: null; answer: Blob };
  "POST /incidents/{incident}/response": { path: { incident: string }; query: null; body: null; answer: IncidentView };
  "POST /incidents/{incident}/verdict": { path: { incident: string }; query: null; body: VerdictRequest; answer: IncidentView };
  "POST /incidents/{incident}/correction": { path: { incident: string }; query: null; body: CorrectionRequest; answer: IncidentView };
  "POST /incidents/{incident}/arrival": { path: { incident: string }; query: null; body: null; answer: IncidentView };
  "POST /incidents/{incident}/report": { path: { incident: string }; query: null; body: ReportRequest; answer: IncidentView };
  "GET /incidents/{incident}/trail": { path: { incident: string }; query: null; body: null; answer: Trail };
  "POST /next-pair": { path: null; query: null; body: null; answer: NextPair };
  "GET /reviewing": { path: null; query: null; body: null; answer: Reviewing };
  "GET /control-pairs": { path: null; query: null; body: null; answer: ControlPairs };
  "PUT /control-pairs": { path: null; query: null; body: ControlUse; answer: null };
  "POST /control-pairs": { path: null; query: null; body: ControlPairRequest; answer: ControlPairView };
  "PUT /control-pairs/{pair}/pictures/{which}": { path: { pair: string; which: "watchlist" | "camera" }; query: null; body: Blob | ArrayBuffer; answer: null };
  "DELETE /control-pairs/{pair}": { path: { pair: string }; query: null; body: null; answer: null };
  "GET /places": { path: null; query: null; body: null; answer: PlaceList };
  "PUT /places/{site}/{camera}": { path: { site: string; camera: string }; query: null; body: PlaceRequest; answer: null };
  "DELETE /places/{site}/{camera}": { path: { site: string; camera: string }; query: null; body: null; answer: null };
  "GET /places/{site}/{camera}/plan": { path: { site: string; camera: string }; query: null; body: null; answer: Blob };
  "PUT /places/{site}/{camera}/plan": { path: { site: string; camera: string }; query: null; body: Blob | ArrayBuffer; answer: null };
  "GET /sites": { path: null; query: null; body: null; answer: Sites };
  "GET /sites/{site}/matching": { path: { site: string }; query: null; body: null; answer: MatchingState };
  "POST /sites/{site}/matching": { path: { site: string }; query: null; body: MatchingRequest; answer: MatchingState };
  "GET /state": { path: null; query: null; body: null; answer: StateView };
  "PUT /sites/{site}/cameras/{camera}": { path: { site: string; camera: string }; query: null; body: CameraRequest; answer: null };
  "GET /events": { path: null; query: null; body: null; answer: Blob };
  "GET /line": { path: null; query: null; body: null; answer: SupervisedLine };
  "POST /drills/{drill}": { path: { drill: string }; query: null; body: null; answer: null };
  "GET /first-steps": { path: null; query: null; body: null; answer: FirstSteps };
  "PUT /sound": { path: null; query: null; body: SoundReport; answer: null };
  "GET /session/ways": { path: null; query: null; body: null; answer: WaysToSignIn };
  "POST /session/passkey/offer": { path: null; query: null; body: null; answer: Challenge };
  "POST /session/passkey": { path: null; query: null; body: PasskeyAnswer; answer: SessionOpened };
  "POST /session/oidc/offer": { path: null; query: null; body: OidcRequest; answer: OidcOffer };
  "POST /session/oidc": { path: null; query: null; body: OidcAnswer; answer: SessionOpened };
  "POST /session/proof/offer": { path: null; query: null; body: null; answer: Challenge };
  "POST /session/proof": { path: null; query: null; body: PasskeyAnswer; answer: null };
  "POST /session/proof/oidc": { path: null; query: null; body: OidcAnswer; answer: null };
  "POST /passkeys/offer": { path: null; query: null; body: null; answer: PasskeyChallenge };
  "POST /passkeys": { path: null; query: null; body: NewPasskeyRequest; answer: null };
  "GET /accounts": { path: null; query: null; body: null; answer: AccountList };
  "POST /accounts": { path: null; query: null; body: AccountRequest; answer: AccountRow };
  "GET /sessions": { path: null; query: null; body: null; answer: SessionList };
  "GET /accounts/{account}": { path: { account: string }; query: null; body: null; answer: AccountView };
  "PUT /accounts/{account}": { path: { account: string }; query: null; body: AccountChange; answer: AccountView };
  "POST /accounts/{account}/disabling": { path: { account: string }; query: null; body: WhyRequest; answer: AccountView };
  "POST /accounts/{account}/enabling": { path: { account: string }; query: null; body: WhyRequest; answer: AccountView };
  "GET /accounts/{account}/history": { path: { account: string }; query: null; body: null; answer: AccountEvents };
  "POST /accounts/{account}/code": { path: { account: string }; query: null; body: null; answer: CodeMade };
  "POST /accounts/{account}/devices/loss": { path: { account: string }; query: null; body: null; answer: DevicesLost };
  "PUT /accounts/{account}/devices/{device}": { path: { account: string; device: string }; query: null; body: NameRequest; answer: null };
  "DELETE /accounts/{account}/devices/{device}": { path: { account: string; device: string }; query: null; body: null; answer: null };
  "DELETE /accounts/{account}/passkeys/{passkey}": { path: { account: string; passkey: string }; query: null; body: null; answer: null };
  "GET /running": { path: null; query: { after?: number }; body: null; answer: RunningView };
  "POST /audit/search": { path: null; query: null; body: AuditSearch; answer: AuditPage };
  "POST /audit/export": { path: null; query: null; body: AuditExport; answer: Blob };
  "POST /audit/verification": { path: null; query: null; body: AuditVerification; answer: AuditPart };
  "GET /proof": { path: null; query: null; body: null; answer: Proof };
  "GET /openapi.json": { path: null; query: null; body: null; answer: unknown };
  "POST /incidents/{incident}/report-file": { path: { incident: string }; query: null; body: ReportFileRequest; answer: Blob };
  "GET /push/key": { path: null; query: null; body: null; answer: PushKey };
  "GET /push/subscription": { path: null; query: null; body: null; answer: SubscriptionState };
  "PUT /push/subscription": { path: null; query: null; body: Subscription; answer: null };
  "DELETE /push/subscription": { path: null; query: null; body: null; answer: null };
  "POST /push/test": { path: null; query: null; body: null; answer: SubscriptionState };
  "POST /receipts": { path: null; query: null; body: Receipt; answer: null };
  "GET /duty": { path: null; query: null; body: null; answer: Roster };
  "PUT /duty": { path: null; query: null; body: DutyRequest; answer: Roster };
  "GET /delivery/channels": { path: null; query: null; body: null; answer: Channels };
  "PUT /delivery/channels/{channel}": { path: { channel: string }; query: null; body: ChannelRequest; answer: ChannelKept };
  "DELETE /delivery/channels/{channel}": { path: { channel: string }; query: null; body: null; answer: null };
  "PUT /delivery/channels/{channel}/pause": { path: { channel: string }; query: null; body: PauseRequest; answer: null };
  "POST /delivery/channels/{channel}/test": { path: { channel: string }; query: null; body: null; answer: Tested };
  "GET /delivery/arrangements": { path: null; query: null; body: null; answer: Arranged };
  "PUT /delivery/rules/{rule}": { path: { rule: string }; query: null; body: Rule; answer: null };
  "DELETE /delivery/rules/{rule}": { path: { rule: string }; query: null; body: null; answer: null };
  "POST /delivery/preview": { path: null; query: null; body: Rule; answer: Preview };
  "PUT /delivery/zones/{zone}": { path: { zone: string }; query: null; body: Zone; answer: null };
  "DELETE /delivery/zones/{zone}": { path: { zone: string }; query: null; body: null; answer: null };
  "PUT /delivery/sites/{site}": { path: { site: string }; query: null; body: SiteDelivery; answer: null };
  "GET /incidents/{incident}/deliveries": { path: { incident: string }; query: null; body: null; answer: Deliveries };
  "GET /delivery/deliveries/{delivery}": { path: { delivery: string }; query: null; body: null; answer: DeliveryView };
  "GET /delivery/dead-letters": { path: null; query: null; body: null; answer: Deliveries };
  "POST /delivery/dead-letters/{delivery}/send": { path: { delivery: string }; query: null; body: null; answer: DeliveryView };
  "GET /watchlist/categories": { path: null; query: null; body: null; answer: Categories };
  "GET /watchlist/entries": { path: null; query: { state?: "living" | "ended" | "all" | "draft" | "pending" | "active" | "suspended" | "expired" | "revoked" | "erased"; batch?: string; id_prefix?: string; cursor?: string; limit?: number }; body: null; answer: EntryPage };
  "POST /watchlist/entries": { path: null; query: null; body: EntryRequest; answer: EntryView };
  "POST /watchlist/entries/search": { path: null; query: null; body: SearchRequest; answer: EntryPage };
  "GET /watchlist/waiting": { path: null; query: null; body: null; answer: WaitingView };
  "GET /watchlist/endings": { path: null; query: null; body: null; answer: Endings };
  "GET /watchlist/entries/{entry}": { path: { entry: string }; query: null; body: null; answer: EntryView };
  "GET /watchlist/entries/{entry}/history": { path: { entry: string }; query: null; body: null; answer: History };
  "PUT /watchlist/entries/{entry}/photos/{position}": { path: { entry: string; position: number }; query: { name?: string; source?: string; taken?: string }; body: Blob | ArrayBuffer; answer: PhotoJudged };
  "GET /watchlist/entries/{entry}/photos/{position}": { path: { entry: string; position: number }; query: null; body: null; answer: Blob };
  "POST /watchlist/entries/{entry}/photos/{position}/removal": { path: { entry: string; position: number }; query: null; body: ReasonRequest; answer: EntryView };
  "POST /watchlist/entries/{entry}/photos/{position}/warnings": { path: { entry: string; position: number }; query: null; body: WarningsRequest; answer: EntryView };
  "POST /watchlist/entries/{entry}/photos/{position}/release": { path: { entry: string; position: number }; query: null; body: ReasonRequest; answer: EntryView };
  "POST /watchlist/entries/{entry}/likenesses/{other}": { path: { entry: string; other: string }; query: null; body: LikenessRequest; answer: EntryView };
  "POST /watchlist/entries/{entry}/likenesses/{other}/photos": { path: { entry: string; other: string }; query: null; body: null; answer: EntryView };
  "POST /watchlist/entries/{entry}/submission": { path: { entry: string }; query: null; body: null; answer: EntryView };
  "POST /watchlist/entries/{entry}/words": { path: { entry: string }; query: null; body: WordsRequest; answer: EntryView };
  "POST /watchlist/entries/{entry}/return": { path: { entry: string }; query: null; body: ReasonRequest; answer: EntryView };
  "POST /watchlist/entries/{entry}/discard": { path: { entry: string }; query: null; body: null; answer: EntryView };
  "POST /watchlist/entries/{entry}/approval": { path: { entry: string }; query: null; body: ApprovalRequest; answer: EntryView };
  "POST /watchlist/entries/{entry}/amendment": { path: { entry: string }; query: null; body: ReasonRequest; answer: EntryView };
  "POST /watchlist/entries/{entry}/merge": { path: { entry: string }; query: null; body: PairRequest; answer: EntryView };
  "POST /watchlist/entries/{entry}/parting": { path: { entry: string }; query: null; body: PairRequest; answer: EntryView };
  "POST /watchlist/entries/{entry}/suspension": { path: { entry: string }; query: null; body: ReasonRequest; answer: EntryView };
  "POST /watchlist/entries/{entry}/resumption": { path: { entry: string }; query: null; body: ReasonRequest; answer: EntryView };
  "POST /watchlist/entries/{entry}/renewal": { path: { entry: string }; query: null; body: RenewRequest; answer: EntryView };
  "POST /watchlist/entries/{entry}/revocation": { path: { entry: string }; query: null; body: ReasonRequest; answer: EntryView };
  "POST /watchlist/entries/{entry}/erasure": { path: { entry: string }; query: null; body: ReasonRequest; answer: ErasureView };
  "GET /watchlist/entries/{entry}/erasure": { path: { entry: string }; query: null; body: null; answer: ErasureView };
  "POST /watchlist/entries/{entry}/identity": { path: { entry: string }; query: null; body: RevealRequest; answer: IdentityRevealed };
  "POST /watchlist/identity": { path: null; query: null; body: FindRequest; answer: EntryPage };
  "GET /watchlist/access-requests": { path: null; query: null; body: null; answer: AccessRequests };
  "POST /watchlist/access-requests": { path: null; query: null; body: AccessRequestBody; answer: AccessRequest };
  "POST /watchlist/access-requests/{number}/approval": { path: { number: number }; query: null; body: null; answer: AccessRequest };
  "POST /watchlist/access-requests/{number}/withdrawal": { path: { number: number }; query: null; body: null; answer: AccessRequest };
  "PUT /watchlist/access-requests/{number}/photo": { path: { number: number }; query: null; body: Blob | ArrayBuffer; answer: AccessAnswer };
  "POST /watchlist/access-requests/{number}/identity": { path: { number: number }; query: null; body: FindRequest; answer: AccessAnswer };
  "POST /watchlist/imports": { path: null; query: null; body: PurposeRequest; answer: BatchView };
  "GET /watchlist/imports": { path: null; query: { cursor?: string; limit?: number }; body: null; answer: BatchPage };
  "GET /watchlist/imports/{import}": { path: { import: string }; query: null; body: null; answer: BatchView };
  "PUT /watchlist/imports/{import}/people": { path: { import: string }; query: null; body: Blob | ArrayBuffer; answer: BatchView };
  "GET /watchlist/people.csv": { path: null; query: null; body: null; answer: Blob };
  "POST /watchlist/imports/{import}/known": { path: { import: string }; query: null; body: KnownRequest; answer: Known };
  "PUT /watchlist/imports/{import}/photos/{file}": { path: { import: string; file: string }; query: null; body: Blob | ArrayBuffer; answer: ItemView };
  "POST /watchlist/imports/{import}/check": { path: { import: string }; query: null; body: null; answer: BatchView };
  "GET /watchlist/imports/{import}/items": { path: { import: string }; query: { verdict?: "ready" | "warning" | "rejected"; outcome?: "question" | "refused" | "warning" | "listed" | "ready"; sort?: "need" | "name"; cursor?: string; limit?: number }; body: null; answer: ItemPage };
  "GET /watchlist/imports/{import}/likenesses": { path: { import: string }; query: { cursor?: string; limit?: number }; body: null; answer: LikenessPage };
  "POST /watchlist/imports/{import}/commit": { path: { import: string }; query: null; body: CommitRequest; answer: BatchView };
  "POST /watchlist/imports/{import}/approval": { path: { import: string }; query: null; body: ApprovalRequest; answer: BatchView };
  "POST /watchlist/imports/{import}/undo": { path: { import: string }; query: null; body: ReasonRequest; answer: BatchView };
  "POST /watchlist/imports/{import}/discard": { path: { import: string }; query: null; body: null; answer: BatchView };
  "GET /watchlist/groups": { path: null; query: null; body: null; answer: Groups };
  "PUT /watchlist/groups/{group}": { path: { group: string }; query: null; body: GroupRequest; answer: GroupView };
  "GET /watchlist/threshold": { path: null; query: null; body: null; answer: ThresholdView };
  "POST /watchlist/threshold": { path: null; query: null; body: ThresholdRequest; answer: ThresholdView };
  "POST /watchlist/threshold/{number}/approval": { path: { number: number }; query: null; body: null; answer: ThresholdView };
  "POST /watchlist/threshold/{number}/withdrawal": { path: { number: number }; query: null; body: null; answer: ThresholdView };
  "GET /watchlist/reviewers": { path: null; query: null; body: null; answer: ReviewersView };
  "POST /watchlist/reviewers": { path: null; query: null; body: ReviewersRequest; answer: ReviewersView };
  "POST /watchlist/reviewers/{number}/approval": { path: { number: number }; query: null; body: null; answer: ReviewersView };
  "POST /watchlist/reviewers/{number}/withdrawal": { path: { number: number }; query: null; body: null; answer: ReviewersView };
  "GET /watchlist/accuracy": { path: null; query: null; body: null; answer: AccuracyInstalled };
  "POST /watchlist/accuracy": { path: null; query: null; body: AccuracyRequest; answer: AccuracyInstalled };
  "POST /watchlist/accuracy/{number}/approval": { path: { number: number }; query: null; body: null; answer: AccuracyInstalled };
  "POST /watchlist/accuracy/{number}/withdrawal": { path: { number: number }; query: null; body: null; answer: AccuracyInstalled };
  "GET /watchlist/models": { path: null; query: null; body: null; answer: ModelsView };
  "POST /watchlist/models/roll": { path: null; query: null; body: RollRequest; answer: ModelsView };
  "POST /watchlist/models/roll/end": { path: null; query: null; body: RollRequest; answer: ModelsView };
  "POST /watchlist/models/switches": { path: null; query: null; body: SwitchRequest; answer: ModelsView };
  "POST /watchlist/models/switches/{number}/approval": { path: { number: number }; query: null; body: null; answer: ModelsView };
  "POST /watchlist/models/switches/{number}/withdrawal": { path: { number: number }; query: null; body: null; answer: ModelsView };
  "GET /watchlist/reviews": { path: null; query: null; body: null; answer: Reviews };
  "GET /watchlist/generations/{generation}": { path: { generation: number }; query: null; body: null; answer: Liveness };
  "GET /watchlist/matchers": { path: null; query: null; body: null; answer: Liveness };
  "POST /watchlist/matchers/{matcher}/end": { path: { matcher: string }; query: null; body: ReasonRequest; answer: Liveness };
  "POST /watchlist/reconciliation": { path: null; query: null; body: ReconcileRequest; answer: ReconciliationView };
  "GET /watchlist/reconciliation": { path: null; query: null; body: null; answer: ReconciliationView };
  "GET /watchlist/keys": { path: null; query: null; body: null; answer: KeysView };
  "POST /watchlist/keys/rewrap": { path: null; query: null; body: null; answer: KeysRewrapped };
  "GET /federation/lists": { path: null; query: null; body: null; answer: PublishedLists };
  "POST /federation/lists": { path: null; query: null; body: ListRequest; answer: PublishedList };
  "GET /federation/lists/{list}": { path: { list: string }; query: null; body: null; answer: SharingView };
  "POST /federation/lists/{list}/repair": { path: { list: string }; query: null; body: null; answer: SharingView };
  "POST /federation/lists/{list}/hospitals": { path: { list: string }; query: null; body: InvitationRequest; answer: HospitalView };
  "POST /federation/lists/{list}/hospitals/{hospital}/invitation/approval": { path: { list: string; hospital: string }; query: null; body: null; answer: HospitalView };
  "GET /federation/lists/{list}/hospitals/{hospital}/invitation": { path: { list: string; hospital: string }; query: null; body: null; answer: InvitationView };
  "POST /federation/lists/{list}/hospitals/{hospital}/answer": { path: { list: string; hospital: string }; query: null; body: AnswerRequest; answer: HospitalView };
  "POST /federation/lists/{list}/hospitals/{hospital}/admission": { path: { list: string; hospital: string }; query: null; body: AdmissionRequest; answer: HospitalView };
  "POST /federation/lists/{list}/hospitals/{hospital}/removal": { path: { list: string; hospital: string }; query: null; body: ReasonRequest; answer: HospitalView };
  "POST /federation/lists/{list}/hospitals/{hospital}/renewal": { path: { list: string; hospital: string }; query: null; body: RenewalRequest; answer: HospitalView };
  "POST /federation/lists/{list}/entries/{entry}": { path: { list: string; entry: string }; query: null; body: ShareRequest; answer: ShareView };
  "POST /federation/lists/{list}/entries/{entry}/approval": { path: { list: string; entry: string }; query: null; body: ShareRequest; answer: ShareView };
  "POST /federation/lists/{list}/entries/{entry}/withdrawal": { path: { list: string; entry: string }; query: null; body: ReasonRequest; answer: ShareView };
  "POST /federation/lists/{list}/hospitals/{hospital}/entries/{entry}/closing": { path: { list: string; hospital: string; entry: string }; query: null; body: ReasonRequest; answer: ListErasure };
  "POST /federation/lists/{list}/hospitals/{hospital}/entries/{entry}/closing/approval": { path: { list: string; hospital: string; entry: string }; query: null; body: null; answer: ListErasure };
  "GET /federation/subscriptions": { path: null; query: null; body: null; answer: Subscriptions };
  "POST /federation/subscriptions": { path: null; query: null; body: JoinRequest; answer: SubscriptionView };
  "POST /federation/subscriptions/{list}/approval": { path: { list: string }; query: null; body: JoiningApproval; answer: SubscriptionView };
  "GET /federation/subscriptions/{list}/answer": { path: { list: string }; query: null; body: null; answer: ListAnswer };
  "POST /federation/subscriptions/{list}/renewal": { path: { list: string }; query: null; body: RenewalRequest; answer: SubscriptionView };
  "POST /federation/subscriptions/{list}/repair": { path: { list: string }; query: null; body: null; answer: SubscriptionView };
  "POST /federation/subscriptions/{list}/suspension": { path: { list: string }; query: null; body: ReasonRequest; answer: SubscriptionView };
  "POST /federation/subscriptions/{list}/resumption": { path: { list: string }; query: null; body: ReasonRequest; answer: SubscriptionView };
  "POST /federation/subscriptions/{list}/leaving": { path: { list: string }; query: null; body: ReasonRequest; answer: SubscriptionView };
}
