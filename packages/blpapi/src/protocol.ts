/**
 * What the session (main thread) and its worker say to each other. One port carries everything, so the answer
 * to a call never overtakes the events taken before it, and events never overtake the answer that made them.
 */
import type { BlpAuth, BlpErrorDetails, BlpRequestElements, BlpSessionOptions } from './contract.ts';

export interface WorkerStart {
  readonly options: BlpSessionOptions;
  readonly decoder: 'shim' | 'ffi';
  /** Correlation id of the events of the session identity. */
  readonly identityCorrelationId: number;
}

/** A worker is given nothing and waits for sessions, or destroys what a worker that died left behind. */
export interface Orphan {
  readonly library: string;
  readonly session: bigint;
}

export interface SubscriptionEntry {
  readonly correlationId: number;
  readonly topic: string;
  readonly fields: readonly string[];
  readonly options: readonly string[];
}

/** The calls, by name, with the type of their answer. `identity` is the correlation id of an identity. */
export interface Calls {
  start: { parameters: null; answer: null };
  stop: { parameters: null; answer: null };
  openService: { parameters: { service: string; correlationId: number }; answer: null };
  generateToken: { parameters: { correlationId: number }; answer: null };
  authorize: { parameters: { correlationId: number; auth: BlpAuth }; answer: null };
  authorizationRequest: {
    parameters: { correlationId: number; elements: BlpRequestElements };
    answer: null;
  };
  /** The identity of an `authorize` that has succeeded; its seat type. */
  identityReady: { parameters: { correlationId: number; isRequested: boolean }; answer: number };
  isAuthorized: { parameters: { identity: number; service: string }; answer: boolean };
  missingEntitlements: {
    parameters: { identity: number; service: string; entitlementIds: readonly number[] };
    answer: number[];
  };
  releaseIdentity: { parameters: { identity: number }; answer: null };
  subscribe: { parameters: { entries: readonly SubscriptionEntry[]; identity?: number }; answer: string[] };
  resubscribe: { parameters: { entries: readonly SubscriptionEntry[] }; answer: null };
  unsubscribe: { parameters: { entries: readonly SubscriptionEntry[] }; answer: null };
  request: {
    parameters: {
      correlationId: number;
      service: string;
      operation: string;
      elements: BlpRequestElements;
      identity?: number;
    };
    answer: null;
  };
  cancel: { parameters: { correlationIds: readonly number[] }; answer: null };
  /** For the tests: the worker throws outside of any call. */
  fail: { parameters: null; answer: null };
}

export type CallName = keyof Calls;

export interface CallMessage<N extends CallName = CallName> {
  readonly type: 'call';
  readonly call: number;
  readonly name: N;
  readonly parameters: Calls[N]['parameters'];
}

export type ToWorker =
  /** One session at a time: the next one after `closed`. */
  | { readonly type: 'open'; readonly start: WorkerStart }
  | CallMessage
  | { readonly type: 'buffer'; readonly buffer: ArrayBuffer }
  | { readonly type: 'close' };

export type FromWorker =
  | { readonly type: 'opened'; readonly session: bigint }
  | { readonly type: 'batch'; readonly buffer: ArrayBuffer }
  | { readonly type: 'stalled' }
  | { readonly type: 'answer'; readonly call: number; readonly value: unknown }
  | { readonly type: 'refused'; readonly call: number; readonly error: BlpErrorDetails }
  /** The native session is destroyed and the worker waits; `error`: why it could not open one. */
  | { readonly type: 'closed'; readonly error?: BlpErrorDetails };
