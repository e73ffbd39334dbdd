/** Documents as people see and write them: without what is secret, and every field one that we know. */
import { secretFields } from '@tidegate/wire/changes';
import { documents, type DocumentKind } from '@tidegate/wire/configuration';

type Fields = Readonly<Record<string, unknown>>;

export function withoutSecrets(kind: DocumentKind, body: unknown): Fields {
  const hidden = secretFields[kind] ?? [];
  return Object.fromEntries(Object.entries(body as Fields).filter(([name]) => !hidden.includes(name)));
}

/** What somebody wrote, with the secrets of the document that it replaces. */
export function withSecretsOf(kind: DocumentKind, body: Fields, before: unknown): Fields {
  const kept = (secretFields[kind] ?? []).flatMap((name) => {
    const value = (before as Fields | null | undefined)?.[name];
    return value === undefined ? [] : [[name, value]];
  });
  return { ...body, ...(Object.fromEntries(kept) as Fields) };
}

/** Names of secrets that are not as before; never what they are. */
export function secretsChanged(kind: DocumentKind, before: unknown, after: unknown): readonly string[] {
  const [from, to] = [before as Fields | null | undefined, after as Fields | null | undefined];
  return (secretFields[kind] ?? []).filter(
    (name) => JSON.stringify(from?.[name]) !== JSON.stringify(to?.[name]),
  );
}

/** The first thing in what somebody wrote that may not be there; undefined: nothing. */
export function faultOf(kind: DocumentKind, body: Fields): string | undefined {
  const secret = (secretFields[kind] ?? []).find((name) => body[name] !== undefined);
  if (secret !== undefined) return `${secret} is not written in a document`;
  const parsed = documents[kind].safeParse(body);
  return parsed.success ? unknownField(body, parsed.data) : undefined; // otherwise the schema says more
}

/** What a schema left out of a body is a misspelling, and would be lost in silence. */
function unknownField(given: unknown, taken: unknown, path = ''): string | undefined {
  if (typeof given !== 'object' || given === null) return undefined;
  for (const [name, value] of Object.entries(given)) {
    const at = path === '' ? name : `${path}.${name}`;
    const kept = (taken as Fields)[name];
    if (kept === undefined && value !== undefined) return `there is no field ${at}`;
    const fault = unknownField(value, kept, at);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
