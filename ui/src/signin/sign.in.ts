/**
 * The sign-in of this browser: keeps the token in memory and for a reload of this tab, renews it while the
 * desk is used, locks the desk, and tells the other tabs. `sign.in.state.ts` decides; this has the clock,
 * the channel and the storage.
 */
import type { LoginResponse } from '@tidegate/wire/rest';
import { Cell } from '../cell.ts';
import {
  adopts,
  held as heldShape,
  heldFrom,
  judge,
  tabMessage,
  type Held,
  type TabMessage,
  type Verdict,
} from './sign.in.state.ts';

export interface Lock {
  readonly user: string;
  /** `asked`: by the user. `ended`: nothing was done for too long, or the sign-in is too old or revoked. */
  readonly why: 'asked' | 'ended';
}

export type Warning = Extract<Verdict, { kind: 'warn' }>;

export interface SignInCalls {
  login(user: string, password: string): Promise<LoginResponse>;
  renew(): Promise<LoginResponse>;
  /** Of the given token, or of the one that is held. */
  logout(token?: string): Promise<void>;
}

const KEY = 'tidegate.signIn';
const CHANNEL = 'tidegate.signIn';
const tickMs = 1_000;
/** After a renewal that failed. */
const renewAgainMs = 10_000;
/** The stream and other tabs have the next token by then. */
const revokeAfterMs = 5_000;
const inputs = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'] as const;

export class SignIn {
  /** Null: signed out, or locked because the token is no longer good. */
  readonly held = new Cell<Held | null>(kept());
  readonly lock = new Cell<Lock | null>(null);
  readonly warning = new Cell<Warning | null>(null);
  /** Why the sign-in page is shown. */
  readonly notice = new Cell('');
  #activeAtMs = Date.now();
  #triedAtMs = 0;
  #calls: SignInCalls | undefined;
  #channel: BroadcastChannel | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;

  start(calls: SignInCalls): () => void {
    this.#calls = calls;
    this.#channel = new BroadcastChannel(CHANNEL);
    this.#channel.onmessage = (event: MessageEvent<unknown>) => this.#heard(event.data);
    for (const input of inputs)
      window.addEventListener(input, this.#active, { capture: true, passive: true });
    this.#timer = setInterval(() => this.#tick(), tickMs);
    if (this.user === null) this.#tell({ kind: 'ask' });
    return () => {
      clearInterval(this.#timer);
      for (const input of inputs) window.removeEventListener(input, this.#active, { capture: true });
      this.#channel?.close();
    };
  }

  token = (): string | null => this.held.read()?.token ?? null;

  /** Whose desk is open here, locked or not. */
  get user(): string | null {
    return this.lock.read()?.user ?? this.held.read()?.user ?? null;
  }

  /** A password was right. */
  enter(user: string, answer: LoginResponse): void {
    const next = heldFrom(user, answer, Date.now());
    this.#take(next);
    this.#tell({ kind: 'held', held: next, isEntered: true });
  }

  /** By the user: every tab of this sign-in. */
  leave(): void {
    const { user } = this;
    // Signed out here at once; the server is told, and its own expiry covers the case that it is not reached.
    if (this.held.read() !== null) this.#calls?.logout().catch(() => undefined);
    if (user !== null) this.#tell({ kind: 'left', user });
    this.#forget('');
  }

  lockNow(): void {
    const { user } = this;
    if (user === null || this.lock.read() !== null) return;
    this.#lock({ user, why: 'asked' });
    this.#tell({ kind: 'locked', user });
  }

  /** Throws what `login` throws. */
  async unlock(password: string): Promise<void> {
    const lock = this.lock.read();
    if (lock === null || this.#calls === undefined) return;
    const before = this.token();
    const calls = this.#calls;
    this.enter(lock.user, await calls.login(lock.user, password));
    if (before !== null) setTimeout(() => void calls.logout(before).catch(() => undefined), revokeAfterMs);
  }

  /** The server no longer takes this token. */
  refused(token: string | null): void {
    const { user } = this;
    if (user === null || token !== this.token()) return;
    this.#end(user);
  }

  #active = (): void => {
    this.#activeAtMs = Date.now();
  };

  #tick(): void {
    const held = this.held.read();
    if (held === null) return;
    const nowMs = Date.now();
    const isLocked = this.lock.read() !== null;
    const verdict = judge(held, { nowMs, activeAtMs: this.#activeAtMs, isLocked });
    if (verdict.kind === 'ended') this.#end(held.user);
    else if (verdict.kind === 'renew' && nowMs - this.#triedAtMs >= renewAgainMs) {
      this.#triedAtMs = nowMs;
      void this.renew();
    }
    const shown = this.warning.read();
    if (verdict.kind !== 'warn') this.warning.set(null);
    else if (shown?.atMs !== verdict.atMs || shown.needs !== verdict.needs) this.warning.set(verdict);
  }

  async renew(): Promise<void> {
    const before = this.held.read();
    if (before === null || this.#calls === undefined) return;
    try {
      const next = heldFrom(before.user, await this.#calls.renew(), Date.now());
      if (this.held.read()?.token !== before.token) return; // left, or renewed by another tab
      this.#hold(next);
      this.#tell({ kind: 'held', held: next, isEntered: false });
    } catch {
      /* a refusal has been told to `refused`; silence is tried again */
    }
  }

  #heard(data: unknown): void {
    const parsed = tabMessage.safeParse(data);
    if (!parsed.success) return;
    const message = parsed.data;
    const { user } = this;
    switch (message.kind) {
      case 'ask':
        return this.#answer();
      case 'held': {
        const made = adopts({ held: this.held.read(), user, isLocked: this.lock.read() !== null }, message);
        if (made === 'enter') this.#take(message.held);
        if (made === 'renew') this.#hold(message.held);
        return;
      }
      case 'locked':
        if (user === null) this.notice.set('The desk is locked in another tab: unlock it there, or sign in.');
        else if (user === message.user && this.lock.read() === null) this.#lock({ user, why: 'asked' });
        return;
      case 'left':
        if (user === message.user) this.#forget('You have signed out in another tab.');
    }
  }

  #answer(): void {
    const [held, lock] = [this.held.read(), this.lock.read()];
    if (lock !== null) this.#tell({ kind: 'locked', user: lock.user });
    else if (held !== null) this.#tell({ kind: 'held', held, isEntered: false });
  }

  #tell(message: TabMessage): void {
    this.#channel?.postMessage(message);
  }

  #take(next: Held): void {
    this.#activeAtMs = Date.now();
    this.notice.set('');
    this.warning.set(null);
    this.held.set(next);
    this.lock.set(null);
    sessionStorage.setItem(KEY, JSON.stringify(next));
  }

  #hold(next: Held): void {
    // A locked desk does not come back by a reload.
    if (this.lock.read() === null) sessionStorage.setItem(KEY, JSON.stringify(next));
    this.held.set(next);
  }

  #lock(lock: Lock): void {
    sessionStorage.removeItem(KEY);
    this.warning.set(null);
    this.lock.set(lock);
  }

  #end(user: string): void {
    this.#lock({ user, why: 'ended' });
    this.held.set(null);
  }

  #forget(notice: string): void {
    sessionStorage.removeItem(KEY);
    this.notice.set(notice);
    this.warning.set(null);
    this.held.set(null);
    this.lock.set(null);
  }
}

function kept(): Held | null {
  try {
    const parsed = heldShape.safeParse(JSON.parse(sessionStorage.getItem(KEY) ?? 'null'));
    return parsed.success && parsed.data.expiresAtMs > Date.now() ? parsed.data : null;
  } catch {
    return null;
  }
}
