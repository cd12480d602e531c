// How a request to the server is written down, from the generated table of operations.
import type { Operations } from "./openapi";

/** Method and address, as "GET /incidents/{incident}". */
export type Operation = keyof Operations;
export type Answer<O extends Operation> = Operations[O]["answer"];

/** What is empty is left out of the address. */
type Query<Q> = { [Name in keyof Q]: Q[Name] | null | "" };
type Part<Name extends string, Value> = [Value] extends [null]
  ? unknown
  : {} extends Value
    ? { [Each in Name]?: Value }
    : { [Each in Name]: Value };

/** What an operation is given; a `key` makes a repeated request the same request. */
export type Request<O extends Operation> = Part<"path", Operations[O]["path"]> &
  Part<"query", Operations[O]["query"] extends null ? null : Query<Operations[O]["query"]>> &
  Part<"body", Operations[O]["body"]> & { key?: string };
export type Arguments<O extends Operation> = {} extends Request<O> ? [request?: Request<O>] : [request: Request<O>];

/** Any request, for the one function that sends them. */
export interface AnyRequest {
  path?: Record<string, string | number> | null;
  query?: Record<string, string | number | boolean | null | undefined> | null;
  body?: object | null;
  key?: string;
}
