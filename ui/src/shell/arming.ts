/**
 * One-click dealing is armed: off in every fresh tab, off again after a time without the user. A click deals
 * only while it is armed; otherwise it fills the ticket.
 */
import { Cell } from '../cell.ts';

export const IDLE_MS = 15 * 60_000;

export class Arming {
  readonly isArmed = new Cell(false);
  #activeMs = 0;

  set(on: boolean, nowMs: number): void {
    this.#activeMs = nowMs;
    this.isArmed.set(on);
  }

  /** The user moved, pressed or typed; too late after the last time is a new visit. */
  touch(nowMs: number): void {
    this.tick(nowMs);
    this.#activeMs = nowMs;
  }

  tick(nowMs: number): void {
    if (nowMs - this.#activeMs >= IDLE_MS) this.isArmed.set(false);
  }
}
