/** Who may do what, the desk asks of the one table (`packages/wire/src/permissions.ts`), never of a role. */
import { isScript, isTest, type Finding, type Source } from './tree.ts';

const asking = /^ui\/src\//;
const asked = /\brole\b\s*[!=]==|[!=]==\s*(\w+\.)*role\b|\bincludes\((\w+\.)*role\)|switch \((\w+\.)*role\)/;

export function rightFindings(sources: readonly Source[]): Finding[] {
  return sources
    .filter((source) => isScript(source) && asking.test(source.path) && !isTest(source.path))
    .flatMap(({ path, text }) =>
      text
        .split('\n')
        .flatMap((line, index) =>
          asked.test(line)
            ? [{ path, line: index + 1, message: 'asks for a role; ask for a right of wire/permissions' }]
            : [],
        ),
    );
}
