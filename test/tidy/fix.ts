/**
 * FIX is read and written in one place: `packages/fix`. Elsewhere nobody takes messages apart by hand, knows
 * their separator, or names a field by its number. The simulator and the tests may: they play broken peers.
 */
import { isTest, isScript, type Finding, type Source } from './tree.ts';

interface Rule {
  readonly pattern: RegExp;
  readonly message: string;
  /** Where it is allowed, with the reason beside it. */
  readonly except: readonly RegExp[];
}

const players = [/^packages\/fix\//, /^sim\//, /^test\//, /^bench\//, /^tools\/fixgen/];

const rules: readonly Rule[] = [
  {
    pattern: /\\x01|\\u0001|\\u\{1\}|fromCharCode\((?:1|0x0?1)\)/,
    message: 'knows the separator of FIX fields; messages are taken apart by packages/fix',
    // Secrets are masked in any text that goes to the log, also in FIX that somebody put there.
    except: [...players, /^packages\/platform\/src\/observe\/redaction\.ts$/],
  },
  {
    pattern: /8=FIXT?\./,
    message: 'holds the beginning of a FIX message; messages are made by packages/fix',
    except: players,
  },
  {
    pattern: /\.(?:text|int|char|decimal|boolean|has|entries|utcMillis|utc|data)\(\s*\d{1,5}\s*[,)]/,
    message: 'names a FIX field by its number; use Tag',
    except: [/^(?!services\/src\/gateway\/)/],
  },
];

export function fixFindings(sources: readonly Source[]): Finding[] {
  return sources
    .filter((source) => isScript(source) && !isTest(source.path))
    .flatMap(({ path, text }) => {
      const own = rules.filter(({ except }) => !except.some((allowed) => allowed.test(path)));
      if (own.length === 0) return [];
      return text
        .split('\n')
        .flatMap((line, index) =>
          own
            .filter(({ pattern }) => !isComment(line) && pattern.test(line))
            .map(({ message }) => ({ path, line: index + 1, message })),
        );
    });
}

/** Comments may show what is meant. */
const isComment = (line: string): boolean => /^\s*(\*|\/\/|\/\*)/.test(line);
