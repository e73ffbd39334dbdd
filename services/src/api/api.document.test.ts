/** docs/api.md says what the code says: routes, problem codes, stream errors and close reasons. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { closeCodes } from './stream/client.ts';
import { routes } from './routes.ts';
import { refusalStatus } from './configuration/changes.ts';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');
const document = read('../../../docs/api.md');
const sources = (folder: string): string =>
  readdirSync(new URL(folder, import.meta.url))
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => read(folder + name))
    .join('\n');
const rest = sources('./') + sources('./audit/') + sources('./configuration/');
const stream = sources('./stream/');
const found = (text: string, pattern: RegExp): string[] =>
  [...new Set([...text.matchAll(pattern)].map((match) => match.slice(1).join(' ')))].sort();

/** First two cells of the rows whose first cell is of this shape. */
const rows = (first: RegExp): string[] =>
  [...document.matchAll(/^\| ([^|]+) \| `([A-Z_]+)` \|/gm)]
    .filter((match) => first.test(match[1]!))
    .map((match) => `${match[1]} ${match[2]}`)
    .sort();

describe('docs/api.md', () => {
  it('lists every route, and no other', () => {
    const listed = [...document.matchAll(/^\| `(GET|POST) (\/api[^`]+)` \|/gm)].map(
      ([, method, path]) => `${method} ${path}`,
    );
    expect(listed).toHaveLength(routes.length);
    expect(new Set(listed)).toEqual(
      new Set(routes.map(({ method, path }) => `${method.toUpperCase()} ${path}`)),
    );
  });

  it('lists every problem with its status, and no other', () => {
    const thrown = found(rest, /ApiProblem\(\s*(\d{3}),\s*'([A-Z_]+)'/g);
    const byFramework = found(rest, /^ {2}(4\d\d): '([A-Z_]+)',$/gm);
    /** Codes that come with their own error class, and what a command's reply says. */
    const others = [
      '400 INVALID_CURSOR',
      '409 CASE_CLOSED',
      '422 CASE_NOT_BOOKABLE',
      '504 COMMAND_UNANSWERED',
      '500 INTERNAL_ERROR',
      '503 JOURNAL_UNAVAILABLE',
      '503 OVERLOADED',
      '429 ORDER_RATE',
      '429 BUDGET_EXCEEDED',
    ];
    const byConfiguration = Object.entries(refusalStatus).map(([code, status]) => `${status} ${code}`);
    const refusals = ['422 UNKNOWN_INSTRUMENT']; // listed by the rules of engagement
    const meant = new Set(
      [...thrown, ...byFramework, ...byConfiguration, ...others].filter((one) => !refusals.includes(one)),
    );
    meant.delete('403 FORBIDDEN'); // the framework's, which no route of ours lets it say
    expect(rows(/^\d{3}$/)).toEqual([...meant].sort());
  });

  it('lists every error of the stream', () => {
    const codes = found(stream, /\.(?:error|refuse)\(\s*\w+,\s*'([A-Z_]+)'/g);
    const listed = [...document.matchAll(/^\| `([A-Z_]+)` \|/gm)].map((match) => match[1]!);
    expect([...new Set(listed)].sort()).toEqual(codes);
  });

  it('lists every close code and reason', () => {
    const closing = found(stream, /closeCodes\.(\w+),\s*'([A-Z_]+)'/g).map((pair) => {
      const [name, reason] = pair.split(' ') as [keyof typeof closeCodes, string];
      return `${closeCodes[name]} ${reason}`;
    });
    const ends = found(stream, /\bend\(\s*client,\s*'([A-Z_]+)'/g).map(
      (reason) => `${closeCodes.policyViolation} ${reason}`,
    );
    expect(rows(/^1\d{3}$/)).toEqual([...new Set([...closing, ...ends])].sort());
  });
});
