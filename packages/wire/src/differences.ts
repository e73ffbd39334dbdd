/**
 * What is different between two documents, readable: one line a value, by its path. Lists are compared by the
 * id of their entries where they have one, and as a whole where they do not.
 */
import { z } from 'zod';

export const difference = z.object({
  /** `limits.openOrdersMax`, `accounts[main].name`; empty: the document itself. */
  path: z.string(),
  /** Absent: it was not there. */
  from: z.unknown().optional(),
  /** Absent: it is no longer there. */
  to: z.unknown().optional(),
});
export type Difference = z.infer<typeof difference>;

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** In the order of the paths. `undefined` stands for what is not there. */
export function differences(from: unknown, to: unknown, path = ''): readonly Difference[] {
  if (isFields(from) && isFields(to)) return ofFields(from, to, (name) => (path ? `${path}.${name}` : name));
  const [left, right] = [byId(from), byId(to)];
  if (left !== undefined && right !== undefined) return ofFields(left, right, (id) => `${path}[${id}]`);
  if (JSON.stringify(from) === JSON.stringify(to)) return [];
  return [{ path, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }];
}

function ofFields(from: Fields, to: Fields, pathOf: (name: string) => string): readonly Difference[] {
  const names = [...new Set([...Object.keys(from), ...Object.keys(to)])].sort();
  return names.flatMap((name) => differences(from[name], to[name], pathOf(name)));
}

/** Undefined for anything but a list of different ids. */
function byId(value: unknown): Fields | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const entries = value.map((entry: unknown) => [isFields(entry) ? entry['id'] : undefined, entry] as const);
  if (entries.some(([id]) => typeof id !== 'string')) return undefined;
  const found = Object.fromEntries(entries as [string, unknown][]);
  return Object.keys(found).length === value.length ? found : undefined;
}

export const differenceText = ({ path, from, to }: Difference): string => {
  const shown = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));
  return `${path === '' ? 'document' : path}: ${shown(from)} → ${shown(to)}`;
};
