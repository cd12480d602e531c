// Types that the pages share among themselves.
import type { Signal } from "@preact/signals";
import type { ComponentChildren, VNode } from "preact";
import type { Away, Refused } from "../shared/request.js";
import type { AuditFault, AuditHeadCompared, AuditHeadKept, AuditPublished, CodeMade, EntryView, PhotoJudged, Scope, SearchRequest } from "./openapi";

/** What a component draws. */
export type Markup = VNode | VNode[];
export type Children = ComponentChildren;
export type Timer = ReturnType<typeof setTimeout> | undefined;
export type FieldEvent = Event & { currentTarget: HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement };
export type CheckEvent = Event & { currentTarget: HTMLInputElement };

/** What prevented something that a person may be told. */
export type Failure = Refused | Away;

/** Something a person does: whether it goes on, and what prevented it. */
export interface Action {
  busy: Signal<boolean>;
  fault: Signal<Failure | null>;
  /** Gives what the work gives, or nothing when it was prevented or goes on already. */
  run<T>(work: () => Promise<T>): Promise<T | undefined>;
}

/** Something a screen shows. */
export interface Reading<T> {
  found: Signal<T | null>;
  fault: Signal<Failure | null>;
  again(): Promise<void>;
}

/** A list that comes page by page. */
export interface Pages<Row> extends Reading<Row[]> {
  next: Signal<string | null>;
  busy: Signal<boolean>;
  moreFault: Signal<Failure | null>;
  more(): Promise<void>;
}

/** A name and what stands beside it; what is empty is left out. */
export type Fact = [name: string, value: Children | false];

/** A one-time code that was made, and whose it is. */
export interface Handed {
  name: string;
  made: CodeMade;
}

export type EntryState = EntryView["state"];
export type Sort = NonNullable<SearchRequest["sort"]>;
/** What may be done with an entry. */
export type EntryAction =
  | "submit" | "edit" | "discard" | "approve" | "approveRenewal" | "sendBack" | "takeBack" | "refuse" | "dropRenewal" | "amend" | "merge" | "suspend" | "resume" | "renew" | "revoke"
  | "erase";
/** Takes over an entry as the desk answers it after a change. */
export type Changed = (entry: EntryView) => void;

/** The grounds of an entry or an import, as they are typed. */
export interface GroundsForm {
  category: string;
  basis: string;
  evidence: string;
  instruction: string;
  until: string;
  /** Whether nobody chose the last day. */
  usual: boolean;
  scope: Required<Scope>;
}

/** What an entry says, as it is typed. */
export interface WordsForm extends GroundsForm {
  label: string;
  note: string;
}

/** A file that was sent, and what was said of it. */
export type JudgedPhoto = { file: File; answer: PhotoJudged } | { file: File; fault: Failure };

/** What is looked for in the audit; what is empty narrows nothing. */
export interface AuditWanted {
  since: string;
  until: string;
  account: string;
  kind: string;
  about: string;
}

/** How far the audit's chain was recomputed, and what came of it; `many` faults, of which the first are kept. */
export interface Recomputed {
  events: number;
  sequence: number;
  sha256: string;
  total: number;
  ended: boolean;
  faults: AuditFault[];
  many: number;
  compared: AuditHeadCompared[];
  published: AuditPublished | null;
}

/** A head of the audit that a browser keeps, and since when. */
export type KeptHead = AuditHeadKept & { at: string };
/** The whole chain, and the heads it was compared with. */
export interface Verified {
  chain: Recomputed;
  kept: KeptHead | null;
  given: AuditHeadKept | null;
}
