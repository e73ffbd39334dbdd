/**
 * Every key of the desk as one table: what it does, where it works and what it is at first. The keys, the
 * help and the user's own choice are made of it. Pure but for the storage it is given.
 */
import { Cell } from '../cell.ts';

/** `anywhere`: also while something is typed, so these need Alt or Ctrl. `tile`: on a focused tile. */
export type KeyPlace = 'anywhere' | 'tile';

interface KeyRow {
  readonly id: string;
  readonly place: KeyPlace;
  readonly does: string;
  readonly chord: string;
}

export const keyTable = [
  { id: 'search', place: 'anywhere', does: 'Find an instrument', chord: 'Ctrl+K' },
  { id: 'trading', place: 'anywhere', does: 'Trading', chord: 'Alt+1' },
  { id: 'orders', place: 'anywhere', does: 'Orders', chord: 'Alt+2' },
  { id: 'positions', place: 'anywhere', does: 'Positions', chord: 'Alt+3' },
  { id: 'sessions', place: 'anywhere', does: 'Sessions', chord: 'Alt+4' },
  { id: 'bloomberg', place: 'anywhere', does: 'Bloomberg', chord: 'Alt+5' },
  { id: 'events', place: 'anywhere', does: 'Events', chord: 'Alt+6' },
  { id: 'cases', place: 'anywhere', does: 'Cases', chord: 'Alt+7' },
  { id: 'admin', place: 'anywhere', does: 'Admin', chord: 'Alt+8' },
  { id: 'quality', place: 'anywhere', does: 'Data quality', chord: 'Alt+9' },
  { id: 'cluster', place: 'anywhere', does: 'Cluster', chord: 'Alt+K' },
  { id: 'ticket', place: 'anywhere', does: 'Order ticket', chord: 'Alt+T' },
  { id: 'tile', place: 'anywhere', does: 'The tile of the chosen instrument', chord: 'Alt+G' },
  { id: 'blotter', place: 'anywhere', does: 'The table of this page', chord: 'Alt+B' },
  { id: 'cancelAll', place: 'anywhere', does: 'Cancel all open orders (asks once)', chord: 'Alt+X' },
  { id: 'lock', place: 'anywhere', does: 'Lock the desk', chord: 'Alt+L' },
  { id: 'help', place: 'anywhere', does: 'This help', chord: '?' },
  { id: 'buy', place: 'tile', does: 'Buy the size at the ask', chord: 'Shift+B' },
  { id: 'sell', place: 'tile', does: 'Sell the size at the bid', chord: 'Shift+S' },
  { id: 'size', place: 'tile', does: 'Edit the size', chord: 'Z' },
  { id: 'sizes', place: 'tile', does: 'Preset sizes, own maximum', chord: 'M' },
  { id: 'tileTicket', place: 'tile', does: 'Ticket for this instrument', chord: 'T' },
  { id: 'price', place: 'tile', does: 'Say the prices', chord: 'P' },
  { id: 'reference', place: 'tile', does: 'Reference data from Bloomberg', chord: 'I' },
] as const satisfies readonly KeyRow[];
export type KeyId = (typeof keyTable)[number]['id'];

/** Keys that every program has, and those of one place; they stay what they are. */
export const fixedKeys: readonly { readonly title: string; readonly keys: readonly [string, string][] }[] = [
  {
    title: 'Moving',
    keys: [
      ['Tab, Shift+Tab', 'Next and previous control'],
      ['Escape', 'Close, or dismiss the outcome on a tile'],
      ['Enter, Space', 'Press what is focused'],
      ['Arrow keys', 'Next tile, tab, choice or row'],
      ['Home, End', 'First and last tab'],
    ],
  },
  {
    title: 'Finding an instrument',
    keys: [
      ['Enter', 'Its tile'],
      ['Shift+Enter', 'Its reference data'],
    ],
  },
  {
    title: 'In a size',
    keys: [
      ['k, m, b', 'Thousand, million, billion: 2.5m'],
      ['Arrow up, arrow down', 'One step; with Shift ten'],
      ['Enter', 'Back to the tile'],
    ],
  },
];

/** What a keyboard event says of itself. */
export interface Pressed {
  readonly key: string;
  readonly code: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}

/**
 * `Alt+T`, `Shift+B`, `?`; empty for a modifier alone. Letters are those on the key's cap; with Alt, where a
 * keyboard may write something else, those of its place.
 */
export function chordOf(pressed: Pressed): string {
  const { key, code, shiftKey } = pressed;
  if (/^(Control|Shift|Alt|AltGraph|Meta|Dead|CapsLock)$/.test(key)) return '';
  const placed = /^(?:Key|Digit)([A-Z0-9])$/.exec(code)?.[1];
  const hasModifier = pressed.altKey || pressed.ctrlKey || pressed.metaKey;
  const letter = /^[a-z]$/i.test(key) ? key.toUpperCase() : hasModifier ? placed : undefined;
  const name = letter ?? (key === ' ' ? 'Space' : key);
  // Shift is part of what a key without a letter writes: `?`, not `Shift+/`.
  const isShifted = shiftKey && (letter !== undefined || name.length > 1);
  return [
    pressed.ctrlKey || pressed.metaKey ? 'Ctrl' : '',
    pressed.altKey ? 'Alt' : '',
    isShifted ? 'Shift' : '',
    name,
  ]
    .filter((part) => part !== '')
    .join('+');
}

/** Ours everywhere, or the browser's own. */
const reserved = new Set(
  ['Tab', 'Shift+Tab', 'Escape', 'Enter', 'Shift+Enter', 'Space', 'Home', 'End', 'PageUp', 'PageDown']
    .concat(['ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight'].flatMap((key) => [key, `Shift+${key}`]))
    .concat(['Ctrl+C', 'Ctrl+V', 'Ctrl+X', 'Ctrl+A', 'Ctrl+Z', 'Ctrl+T', 'Ctrl+W', 'Ctrl+N', 'Ctrl+R'])
    .concat(['Ctrl+P', 'Ctrl+F', 'Ctrl+L', 'Alt+F4', 'Alt+ArrowLeft', 'Alt+ArrowRight', 'F5', 'F11', 'F12']),
);

export type Bindings = Readonly<Record<KeyId, string>>;

export const standardKeys = Object.fromEntries(keyTable.map(({ id, chord }) => [id, chord])) as Bindings;

/** Why this key can't be that; empty: it can. */
export function refusalOf(bindings: Bindings, id: KeyId, chord: string): string {
  const row = keyTable.find((each) => each.id === id)!;
  if (chord === '') return 'Press a key';
  if (reserved.has(chord)) return `${chord} is taken by the desk or the browser`;
  if (row.place === 'anywhere' && !/^(Ctrl|Alt)\+|^F\d+$/.test(chord) && chord !== row.chord)
    return 'A key that works anywhere needs Alt or Ctrl: it must not be typed by chance';
  const other = keyTable.find((each) => each.id !== id && bindings[each.id] === chord);
  return other === undefined ? '' : `${chord} is “${other.does}”`;
}

type Store = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/** The keys of one user in this browser. */
export class Keys {
  readonly bindings: Cell<Bindings>;
  readonly #store: Store;
  readonly #name: string;

  constructor(user: string, store: Store) {
    this.#store = store;
    this.#name = `tidegate.keys.${user}`;
    this.bindings = new Cell(kept(store.getItem(this.#name)));
  }

  /** What this key does there. */
  actionOf(pressed: Pressed, place: KeyPlace): KeyId | undefined {
    const chord = chordOf(pressed);
    if (chord === '') return undefined;
    const bindings = this.bindings.read();
    return keyTable.find((row) => row.place === place && bindings[row.id] === chord)?.id;
  }

  /** Why not; empty: it is bound, and kept. */
  bind(id: KeyId, chord: string): string {
    const refusal = refusalOf(this.bindings.read(), id, chord);
    if (refusal !== '') return refusal;
    this.bindings.set({ ...this.bindings.read(), [id]: chord });
    const own = keyTable.filter((row) => this.bindings.read()[row.id] !== row.chord);
    const chosen = Object.fromEntries(own.map((row) => [row.id, this.bindings.read()[row.id]]));
    this.#store.setItem(this.#name, JSON.stringify(chosen));
    return '';
  }

  reset(): void {
    this.#store.removeItem(this.#name);
    this.bindings.set(standardKeys);
  }
}

/** What was kept, as far as it still may be; a key that a later release has given away falls back. */
function kept(text: string | null): Bindings {
  let read: unknown;
  try {
    read = JSON.parse(text ?? '{}');
  } catch {
    return standardKeys;
  }
  let bindings = standardKeys;
  if (typeof read !== 'object' || read === null) return bindings;
  for (const [id, chord] of Object.entries(read)) {
    const row = keyTable.find((each) => each.id === id);
    if (row === undefined || typeof chord !== 'string') continue;
    if (refusalOf(bindings, row.id, chord) === '') bindings = { ...bindings, [row.id]: chord };
  }
  return bindings;
}
