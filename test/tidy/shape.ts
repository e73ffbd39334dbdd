/**
 * The shape of files: sizes a reader can hold in mind, a header that says where one is, and names that say
 * what it is.
 */
import { isNode, lineOf, nameOf, nodes, parse, walk, type Node } from './syntax.ts';
import { isGenerated, isScript, isTest, lineAt, type Finding, type Source } from './tree.ts';

const functionLinesMax = 70;
const fileLinesMax = 600;
const lineLengthMax = 110;

const sized = /\.(tsx?|mjs|css|sql|sh|c|cc|cpp|h)$|(^|\/)\.ci\/run$/;
const isSized = (source: Source): boolean => sized.test(source.path) && !isGenerated(source);

export function lineFindings(sources: readonly Source[]): Finding[] {
  return sources.filter(isSized).flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, index) =>
      line.length <= lineLengthMax
        ? []
        : [
            {
              path,
              line: index + 1,
              message: `has ${line.length} characters, ${lineLengthMax} are allowed`,
            },
          ],
    ),
  );
}

export function fileFindings(sources: readonly Source[]): Finding[] {
  return sources.filter(isSized).flatMap(({ path, text }) => {
    const lines = text.trimEnd().split('\n').length;
    return lines <= fileLinesMax
      ? []
      : [{ path, line: lines, message: `has ${lines} lines, ${fileLinesMax} are allowed` }];
  });
}

export function functionFindings(sources: readonly Source[]): Finding[] {
  const findings: Finding[] = [];
  for (const source of sources.filter((each) => isScript(each) && !isGenerated(each))) {
    for (const node of nodes(source, /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/)) {
      const lines = lineAt(source.text, node.end) - lineOf(source, node) + 1;
      if (lines <= functionLinesMax || holdsTests(source, node)) continue;
      findings.push({
        path: source.path,
        line: lineOf(source, node),
        message: `is a function of ${lines} lines, ${functionLinesMax} are allowed`,
      });
    }
  }
  return findings;
}

/**
 * A `describe` block is a list of tests, not a function to understand at once; the tests in it are measured.
 */
function holdsTests(source: Source, block: Node): boolean {
  if (!isTest(source.path) && !source.path.startsWith('test/')) return false;
  let isHolding = false;
  walk(block, (node) => {
    if (node.type === 'CallExpression' && /^(it|test|describe)$/.test(calledName(node.callee) ?? ''))
      isHolding = true;
  });
  return isHolding;
}

function calledName(callee: unknown): string | undefined {
  if (!isNode(callee)) return undefined;
  if (callee.type === 'MemberExpression') return calledName(callee.object);
  return callee.type === 'CallExpression' ? calledName(callee.callee) : nameOf(callee);
}

const headers: readonly (readonly [paths: RegExp, opening: RegExp])[] = [
  [/\.(tsx?|mjs|css|c|cc|cpp|h)$/, /^(#![^\n]*\n)?\s*(\/\*|\/\/)/],
  [/\.sql$/, /^\s*--/],
  [/\.sh$|(^|\/)\.ci\/run$/, /^#![^\n]*\n#/],
];

/** A `x.test.ts` beside `x.ts` is introduced by its name and needs no header. */
export function headerFindings(sources: readonly Source[]): Finding[] {
  return sources.flatMap(({ path, text }) => {
    if (/\.test\.tsx?$/.test(path)) return [];
    const rule = headers.find(([paths]) => paths.test(path));
    return rule === undefined || rule[1].test(text)
      ? []
      : [{ path, line: 1, message: 'does not begin with a comment that says what it is' }];
  });
}

const vagueFolder = /^(common|utils?|helpers?|misc|shared|lib)$/i;
const vagueFile = /^(index|utils?|helpers?|common|misc)\.(tsx?|mjs)$/i;
const vagueName = /[a-z](Impl|Manager|Helpers?|Utils?)$/;
const declaration =
  /^(FunctionDeclaration|ClassDeclaration|VariableDeclarator|TSInterfaceDeclaration|TSTypeAliasDeclaration)$/;

export function nameFindings(sources: readonly Source[]): Finding[] {
  const findings: Finding[] = [];
  for (const source of sources.filter(isScript)) {
    const segments = source.path.split('/');
    const file = segments.pop() ?? '';
    const folder = segments.find((segment) => vagueFolder.test(segment));
    if (folder !== undefined)
      findings.push({ path: source.path, line: 1, message: `lies in ${folder}/, which says nothing` });
    if (vagueFile.test(file))
      findings.push({ path: source.path, line: 1, message: `${file} says nothing; there are no barrels` });
    for (const node of nodes(source, declaration)) {
      const name = nameOf(node.id);
      if (name === undefined || !vagueName.test(name)) continue;
      findings.push({
        path: source.path,
        line: lineOf(source, node),
        message: `${name} is not a noun of trading`,
      });
    }
  }
  return findings;
}

const unwanted: readonly (readonly [type: RegExp, message: string])[] = [
  [/^TSEnumDeclaration$/, 'is an enum; use a union of literals'],
  [/^TSModuleDeclaration$/, 'is a namespace; a file is one already'],
  [/^ExportAllDeclaration$/, 'is a barrel; name the file that is meant'],
];

export function constructFindings(sources: readonly Source[]): Finding[] {
  return sources.filter(isScript).flatMap((source) =>
    unwanted.flatMap(([type, message]) =>
      nodes(source, type)
        .filter((node) => !(node.type === 'TSModuleDeclaration' && node.declare === true))
        .map((node) => ({ path: source.path, line: lineOf(source, node), message })),
    ),
  );
}

const weakened = /^(only|skip|todo|skipIf|runIf|fails)$/;

/** A test that does not run proves nothing, and one that runs alone hides the others. */
export function focusFindings(sources: readonly Source[]): Finding[] {
  return sources
    .filter((each) => isScript(each) && isTest(each.path))
    .flatMap((source) =>
      nodes(source, /^MemberExpression$/)
        .filter(
          (node) =>
            /^(it|test|describe)$/.test(calledName(node) ?? '') && weakened.test(nameOf(node.property) ?? ''),
        )
        .map((node) => ({
          path: source.path,
          line: lineOf(source, node),
          message: `has .${nameOf(node.property)}; every test runs`,
        })),
    );
}

const postponed = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X', 'HA' + 'CK'].join('|')})\\b`);

/** What is not done is an issue, not a remark that nobody reads again. */
export function postponedFindings(sources: readonly Source[]): Finding[] {
  return sources
    .filter((each) => isScript(each) && !isGenerated(each))
    .flatMap((source) =>
      parse(source)
        .comments.filter(({ value }) => postponed.test(value))
        .map((comment) => ({
          path: source.path,
          line: lineOf(source, comment),
          message: 'postpones something in a comment',
        })),
    );
}
