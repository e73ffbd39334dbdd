/** Faults that can be switched on and off in a running provider, for the whole of it or for one symbol. */

export const switchNames = [
  /** Stops quoting of its own accord; what is pushed by hand it still quotes. */
  'stale',
  /** Quotes bid ≥ ask. */
  'crossed',
  /** Adds latency to quotes and orders; value: milliseconds. */
  'slow',
  /** Closes its sessions and refuses connections. */
  'disconnected',
  /** Takes orders and says nothing; see `SilentFate`. */
  'silentOrders',
  /** Refuses every new order and replace; cancels still work. */
  'rejectAll',
  /** Multiplies the spread; value: factor. */
  'wide',
  /** Moves its price away from the market; value: basis points. */
  'spike',
  /** Reports fills with a LastQty(32) of zero, which nobody can book as it stands: a case for a person. */
  'misreported',
  /** Takes the fill that completes an order back at once (ExecType H); its execution log keeps the fill. */
  'takenBack',
] as const;
export type SwitchName = (typeof switchNames)[number];

/**
 * What becomes of an order that meets silence. `lose`: it never reached the provider's book, a later status
 * request gets "unknown order". `hold`: it waits and is worked when the switch goes off. `execute`: it is
 * worked at once (its fills are in the execution log) and the reports are kept back until the switch goes
 * off.
 */
export const silentFates = ['lose', 'hold', 'execute'] as const;
export type SilentFate = (typeof silentFates)[number];

export interface SwitchSetting {
  readonly value: number;
  readonly fate: SilentFate;
}

export interface SwitchChange {
  readonly on: boolean;
  /** Absent: the whole provider; `off` then also clears every symbol. */
  readonly symbol?: string;
  readonly value?: number;
  readonly fate?: SilentFate;
}

const defaultValues: Readonly<Record<SwitchName, number>> = {
  stale: 0,
  crossed: 0,
  slow: 500,
  disconnected: 0,
  silentOrders: 0,
  rejectAll: 0,
  wide: 20,
  spike: 100,
  misreported: 0,
  takenBack: 0,
};

const EVERYWHERE = '*';

export class Switches {
  readonly #settings = new Map<SwitchName, Map<string, SwitchSetting>>();

  set(name: SwitchName, change: SwitchChange): void {
    const scope = change.symbol ?? EVERYWHERE;
    const scopes = this.#settings.get(name) ?? new Map<string, SwitchSetting>();
    if (change.on) {
      scopes.set(scope, { value: change.value ?? defaultValues[name], fate: change.fate ?? 'lose' });
    } else if (scope === EVERYWHERE) {
      scopes.clear();
    } else {
      scopes.delete(scope);
    }
    if (scopes.size === 0) this.#settings.delete(name);
    else this.#settings.set(name, scopes);
  }

  /** The setting in force for a symbol, or `undefined` when the switch is off for it. */
  get(name: SwitchName, symbol = EVERYWHERE): SwitchSetting | undefined {
    const scopes = this.#settings.get(name);
    return scopes === undefined ? undefined : (scopes.get(symbol) ?? scopes.get(EVERYWHERE));
  }

  isOn(name: SwitchName, symbol?: string): boolean {
    return this.get(name, symbol) !== undefined;
  }

  /** What is on; symbol `*` is the whole provider. */
  describe(): (SwitchSetting & { readonly switch: SwitchName; readonly symbol: string })[] {
    return [...this.#settings].flatMap(([name, scopes]) =>
      [...scopes].map(([symbol, setting]) => ({ switch: name, symbol, ...setting })),
    );
  }
}
