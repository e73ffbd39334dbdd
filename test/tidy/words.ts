/** What belongs to one machine or one network has no place in a tree that many clone. */
import { type Finding, type Source } from './tree.ts';

const rules: readonly (readonly [pattern: RegExp, message: string])[] = [
  [new RegExp('(^|[\\s"\'`(=:,])/(work|root|Users)/'), 'names a path of one machine'],
  [new RegExp('(^|[\\s"\'`(=:,])/home/(?!tidegate\\b|node\\b)[a-z]'), 'names somebody’s home folder'],
  [
    /https?:\/\/[\w.-]*(registry|artifactory|nexus|verdaccio|mirror)[\w.-]*/i,
    'names a package registry’s host',
  ],
  [/-----BEGIN (RSA |EC |OPENSSH )?PRIVATE KEY-----\s*$/, 'holds a private key'],
];

export function wordFindings(sources: readonly Source[]): Finding[] {
  return sources.flatMap(({ path, text }) =>
    text
      .split('\n')
      .flatMap((line, index) =>
        rules
          .filter(([pattern]) => pattern.test(line))
          .map(([, message]) => ({ path, line: index + 1, message })),
      ),
  );
}
