/**
 * One native session in its worker: creates it, makes the calls, destroys it. Only asynchronous calls are
 * used; none of them waits for the network. Identities and services are kept here by the ids the main thread
 * knows.
 */
import { correlationIdBytes, pointerCell, pointerIn, type Abi, type Pointer } from './abi.ts';
import { openAuth } from './auth.ts';
import type { BlpRequestElements, BlpSessionOptions } from './contract.ts';
import { localError } from './errors.ts';
import type { Calls, CallName, SubscriptionEntry } from './protocol.ts';
import { fillRequest } from './request.elements.ts';
import { createSession } from './session.options.ts';

const authService = '//blp/apiauth';
const servicesMax = 256;
const identitiesMax = 1024;

type Handlers = { [N in CallName]: (parameters: Calls[N]['parameters']) => Calls[N]['answer'] };

export class NativeSession {
  readonly handle: bigint;
  readonly calls: Handlers;
  readonly #abi: Abi;
  readonly #services = new Map<string, Pointer>();
  readonly #identities = new Map<number, Pointer>();
  #isDestroyed = false;

  constructor(abi: Abi, options: BlpSessionOptions, identityCorrelationId: number) {
    this.#abi = abi;
    this.handle = createSession(abi, options, correlationIdBytes(identityCorrelationId));
    this.calls = this.#handlers();
  }

  /** Only after the last poll has returned; the order is the only safe one. */
  destroy(): void {
    if (this.#isDestroyed) return;
    this.#isDestroyed = true;
    for (const identity of this.#identities.values()) this.#abi.call.Identity_release(identity);
    this.#identities.clear();
    this.#services.clear();
    this.#abi.call.Session_destroy(this.handle);
  }

  #handlers(): Handlers {
    const { call } = this.#abi;
    return {
      start: () => this.#done('startAsync', call.Session_startAsync(this.handle)),
      stop: () => this.#done('stopAsync', call.Session_stopAsync(this.handle)),
      openService: ({ service, correlationId }) => {
        const id = correlationIdBytes(correlationId);
        return this.#done('openServiceAsync', call.Session_openServiceAsync(this.handle, service, id));
      },
      generateToken: ({ correlationId }) => {
        const id = correlationIdBytes(correlationId);
        return this.#done('generateToken', call.Session_generateToken(this.handle, id, null));
      },
      authorize: (parameters) => this.#authorize(parameters),
      authorizationRequest: (parameters) => this.#authorizationRequest(parameters),
      identityReady: (parameters) => this.#identityReady(parameters),
      isAuthorized: ({ identity, service }) =>
        call.Identity_isAuthorized(this.#identity(identity), this.#service(service)) !== 0,
      missingEntitlements: (parameters) => this.#missingEntitlements(parameters),
      releaseIdentity: ({ identity }) => this.#releaseIdentity(identity),
      subscribe: (parameters) => this.#subscribe(parameters),
      resubscribe: ({ entries }) =>
        this.#withList(entries, (list) =>
          this.#done('resubscribe', call.Session_resubscribe(this.handle, list, null, 0)),
        ),
      unsubscribe: ({ entries }) =>
        this.#withList(entries, (list) =>
          this.#done('unsubscribe', call.Session_unsubscribe(this.handle, list, null, 0)),
        ),
      request: (parameters) => this.#request(parameters),
      cancel: ({ correlationIds }) => {
        const ids = correlationIdBytes(...correlationIds);
        const code = call.Session_cancel(this.handle, ids, correlationIds.length, null, 0);
        return this.#done('cancel', code);
      },
      fail: () => null,
    };
  }

  #done(source: string, code: number): null {
    this.#abi.check(source, code);
    return null;
  }

  #service(name: string): Pointer {
    const known = this.#services.get(name);
    if (known !== undefined) return known;
    const cell = pointerCell();
    this.#abi.check('getService', this.#abi.call.Session_getService(this.handle, cell, name));
    if (this.#services.size >= servicesMax)
      throw localError(name, 'LIMIT', `${servicesMax} services are open`);
    this.#services.set(name, pointerIn(cell));
    return pointerIn(cell);
  }

  #identity(correlationId: number): Pointer {
    const identity = this.#identities.get(correlationId);
    if (identity === undefined)
      throw localError('identity', 'WRONG_STATE', 'this identity has been released');
    return identity;
  }

  #keepIdentity(correlationId: number, identity: Pointer): void {
    if (identity === null) throw localError('identity', 'LIMIT', 'the library gave no identity');
    this.#identities.set(correlationId, identity);
  }

  #checkRoomForIdentity(): void {
    if (this.#identities.size >= identitiesMax)
      throw localError('authorize', 'LIMIT', `${identitiesMax} identities are in use`);
  }

  #authorize({ correlationId, auth }: Calls['authorize']['parameters']): null {
    this.#checkRoomForIdentity();
    const generate = this.#abi.need('AbstractSession_generateAuthorizedIdentityAsync');
    const opened = openAuth(this.#abi, auth);
    try {
      const session = this.#abi.call.Session_getAbstractSession(this.handle);
      const code = generate(session, opened.handle, correlationIdBytes(correlationId));
      return this.#done('generateAuthorizedIdentityAsync', code);
    } finally {
      opened.close();
    }
  }

  #authorizationRequest({ correlationId, elements }: Calls['authorizationRequest']['parameters']): null {
    this.#checkRoomForIdentity();
    const { call } = this.#abi;
    const service = this.#service(authService);
    const cell = pointerCell();
    this.#abi.check(
      'createAuthorizationRequest',
      call.Service_createAuthorizationRequest(service, cell, 'AuthorizationRequest'),
    );
    const request = pointerIn(cell);
    try {
      fillRequest(this.#abi, call.Request_elements(request), elements);
      const identity = call.Session_createIdentity(this.handle);
      this.#keepIdentity(correlationId, identity);
      const id = correlationIdBytes(correlationId);
      const code = call.Session_sendAuthorizationRequest(this.handle, request, identity, id, null, null, 0);
      if (code !== 0) this.#releaseIdentity(correlationId);
      return this.#done('sendAuthorizationRequest', code);
    } finally {
      call.Request_destroy(request);
    }
  }

  #identityReady({ correlationId, isRequested }: Calls['identityReady']['parameters']): number {
    const { call } = this.#abi;
    if (!isRequested) {
      const take = this.#abi.need('AbstractSession_getAuthorizedIdentity');
      const session = call.Session_getAbstractSession(this.handle);
      const cell = pointerCell();
      this.#abi.check('getAuthorizedIdentity', take(session, correlationIdBytes(correlationId), cell));
      this.#keepIdentity(correlationId, pointerIn(cell));
    }
    const seat = new Int32Array([-1]);
    const code = call.Identity_getSeatType(this.#identity(correlationId), seat);
    return code === 0 ? (seat[0] as number) : -1;
  }

  #missingEntitlements(parameters: Calls['missingEntitlements']['parameters']): number[] {
    const { identity, service, entitlementIds } = parameters;
    const wanted = Int32Array.from(entitlementIds);
    const missing = new Int32Array(Math.max(1, wanted.length));
    const count = new Int32Array([missing.length]);
    const { call } = this.#abi;
    const has = call.Identity_hasEntitlements(
      this.#identity(identity),
      this.#service(service),
      null,
      wanted,
      wanted.length,
      missing,
      count,
    );
    if (has !== 0) return [];
    // A refusal that does not say which ids it means is one of all of them.
    const told = [...missing.subarray(0, count[0])].filter((id) => entitlementIds.includes(id));
    return told.length === 0 ? [...entitlementIds] : told;
  }

  #releaseIdentity(correlationId: number): null {
    const identity = this.#identities.get(correlationId);
    this.#identities.delete(correlationId);
    if (identity !== undefined) this.#abi.call.Identity_release(identity);
    return null;
  }

  #withList<T>(entries: readonly SubscriptionEntry[], take: (list: Pointer) => T): T {
    const { call } = this.#abi;
    const list = call.SubscriptionList_create();
    try {
      for (const { correlationId, topic, fields, options } of entries) {
        const id = correlationIdBytes(correlationId);
        const names = [...fields];
        const extra = [...options];
        const code = call.SubscriptionList_add(list, topic, id, names, extra, names.length, extra.length);
        this.#abi.check('SubscriptionList_add', code);
      }
      return take(list);
    } finally {
      call.SubscriptionList_destroy(list);
    }
  }

  #subscribe({ entries, identity }: Calls['subscribe']['parameters']): string[] {
    const { call } = this.#abi;
    const handle = identity === undefined ? null : this.#identity(identity);
    return this.#withList(entries, (list) => {
      const topics = entries.map((_, index) => this.#topicAt(list, index));
      this.#abi.check('subscribe', call.Session_subscribe(this.handle, list, handle, null, 0));
      return topics;
    });
  }

  #topicAt(list: Pointer, index: number): string {
    const text: (string | null)[] = [null];
    this.#abi.check('topicStringAt', this.#abi.call.SubscriptionList_topicStringAt(list, text, index));
    return text[0] ?? '';
  }

  #request(parameters: Calls['request']['parameters']): null {
    const { correlationId, service, operation, elements, identity } = parameters;
    const { call } = this.#abi;
    const cell = pointerCell();
    this.#abi.check('createRequest', call.Service_createRequest(this.#service(service), cell, operation));
    const request = pointerIn(cell);
    try {
      this.#fill(request, elements);
      const id = correlationIdBytes(correlationId);
      const handle = identity === undefined ? null : this.#identity(identity);
      return this.#done(
        'sendRequest',
        call.Session_sendRequest(this.handle, request, id, handle, null, null, 0),
      );
    } finally {
      call.Request_destroy(request);
    }
  }

  #fill(request: Pointer, elements: BlpRequestElements): void {
    fillRequest(this.#abi, this.#abi.call.Request_elements(request), elements);
  }
}
