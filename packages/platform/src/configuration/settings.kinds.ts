/**
 * What settings may be: kinds of text with the words for them, and how a setting is put down in the table of
 * `settings.ts`.
 */
import { z } from 'zod';
import { isCidr } from '../identity/address.ts';

export const serviceNames = [
  'gateway',
  'pricing',
  'oms',
  'projector',
  'api',
  'monitor',
  'bloomberg',
] as const;
export type ServiceName = (typeof serviceNames)[number];
export const profiles = ['demo', 'production'] as const;

/** What a setting defaults to: one text, or one per profile. */
export type Default = string | { readonly demo: string };

export interface Entry<S extends z.ZodType<unknown, string>, D extends Default | undefined> {
  readonly name: string;
  readonly schema: S;
  /** Completes "must be …". */
  readonly accepts: string;
  readonly default: D;
  /** Shown in place of a default that is worked out at start. */
  readonly defaultText?: string;
  /** Never shown, never logged, not taken from the command line; may be given as a file by `<NAME>_FILE`. */
  readonly isSecret?: true;
  readonly text: string;
}

type Extras = { readonly defaultText?: string; readonly isSecret?: true };

export function withDefault<S extends z.ZodType<unknown, string>>(
  name: string,
  [schema, accepts]: readonly [S, string],
  byDefault: string,
  text: string,
  extras: Extras = {},
): Entry<S, string> {
  return { name, schema, accepts, default: byDefault, text, ...extras };
}

export function optional<S extends z.ZodType<unknown, string>>(
  name: string,
  [schema, accepts]: readonly [S, string],
  text: string,
  extras: Extras & { readonly demo?: string } = {},
): Entry<S, Default | undefined> {
  const { demo, ...rest } = extras;
  return { name, schema, accepts, default: demo === undefined ? undefined : { demo }, text, ...rest };
}

export const whole = (min: number, max: number) =>
  [
    z
      .string()
      .regex(/^\d{1,12}$/)
      .transform(Number)
      .pipe(z.number().min(min).max(max)),
    `a whole number from ${min} to ${max}`,
  ] as const;
export const choice = <const T extends readonly [string, ...string[]]>(...values: T) =>
  [z.enum(values), `one of ${values.join(', ')}`] as const;
export const yesOrNo = [
  z.enum(['true', 'false']).transform((text) => text === 'true'),
  'true or false',
] as const;
export const text = [z.string().min(1).max(4_096), 'text'] as const;
export const host = [z.string().regex(/^[A-Za-z0-9._:-]{1,255}$/), 'a host name or address'] as const;
export const token = [
  z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
  'up to 64 letters, digits, - and _',
] as const;

const isUrlOf =
  (protocols: readonly string[]) =>
  (value: string): boolean =>
    URL.canParse(value) && protocols.includes(new URL(value).protocol) && new URL(value).host !== '';
export const url = (...protocols: readonly string[]) =>
  [
    z.string().max(4_096).refine(isUrlOf(protocols)),
    `a URL beginning with ${protocols.map((p) => `${p}//`).join(' or ')}`,
  ] as const;
export const natsUrl = [
  z
    .string()
    .max(4_096)
    .refine((value) => value.split(',').every((one) => isUrlOf(['nats:', 'tls:'])(one.trim()))),
  'one or more URLs beginning with nats:// or tls://, separated by commas',
] as const;
/** libpq also allows a URL without a host: a socket folder as a parameter. */
export const databaseUrl = [
  z
    .string()
    .max(4_096)
    .refine((value) => URL.canParse(value) && /^postgres(ql)?:$/.test(new URL(value).protocol)),
  'a URL beginning with postgresql://',
] as const;

const list = (value: string): string[] => [
  ...new Set(
    value
      .split(',')
      .map((one) => one.trim())
      .filter((one) => one !== ''),
  ),
];
export const services = [
  z
    .string()
    .transform((value) => (value.trim() === 'all' ? [...serviceNames] : list(value)))
    .pipe(z.array(z.enum(serviceNames)).min(1))
    .transform((names): readonly ServiceName[] => Object.freeze(names)),
  `all, or a comma list of ${serviceNames.join(', ')}`,
] as const;
export const cidrs = [
  z
    .string()
    .transform(list)
    .pipe(z.array(z.string().refine(isCidr)).max(100))
    .transform((networks): readonly string[] => Object.freeze(networks)),
  'a comma list of addresses and networks such as 10.0.0.0/8',
] as const;
/** Said in so many words that there are none. */
export const proxies = [
  z
    .string()
    .transform((value) => (value.trim() === 'none' ? '' : value))
    .pipe(cidrs[0]),
  `none, or ${cidrs[1]}`,
] as const;
export const servers = [
  z
    .string()
    .transform(list)
    .pipe(
      z
        .array(
          z
            .string()
            .regex(/^[A-Za-z0-9._-]{1,255}:\d{1,5}$|^\[[0-9A-Fa-f:.]{2,45}\]:\d{1,5}$/)
            .transform((one) => {
              const colon = one.lastIndexOf(':');
              const name = one.slice(0, colon).replace(/^\[|\]$/g, '');
              return { host: name, port: Number(one.slice(colon + 1)) };
            })
            .refine(({ port }) => port >= 1 && port <= 65_535),
        )
        .min(1)
        .max(16),
    )
    .transform((addresses) => Object.freeze(addresses)),
  'one to 16 host:port, separated by commas',
] as const;
export const simulator = [
  z.string().refine((value) => value === 'embedded' || value === 'none' || isUrlOf(['http:'])(value)),
  "embedded, none, or the http URL of a running simulator's control port",
] as const;
