/**
 * What keeps decisions pure: no environment outside the settings, no clock, timer, random or async in the
 * core.
 */
import { isNode, isReference, lineOf, nameOf, parse, walk, type Node } from './syntax.ts';
import { isScript, isTest, type Finding, type Source } from './tree.ts';

const product = /^(packages|services|sim|ui)\//;
const mayReadEnvironment = /^packages\/platform\/src\/configuration\/config\.ts$/;

/**
 * The environment is read in one place, where every setting has a name, a type and a line of documentation.
 */
export function environmentFindings(sources: readonly Source[]): Finding[] {
  const findings: Finding[] = [];
  for (const source of sources.filter(isScript)) {
    if (!product.test(source.path) || isTest(source.path) || mayReadEnvironment.test(source.path)) continue;
    walk(parse(source).program, (node) => {
      if (readsEnvironment(node))
        findings.push({
          path: source.path,
          line: lineOf(source, node),
          message: 'reads process.env; settings are in platform/src/configuration/config.ts',
        });
    });
  }
  return findings;
}

function readsEnvironment(node: Node): boolean {
  if (node.type === 'ImportDeclaration') {
    const isProcess = isNode(node.source) && /^(node:)?process$/.test(String(node.source.value));
    return isProcess && (node.specifiers as Node[]).some((each) => nameOf(each.imported) === 'env');
  }
  if (node.type !== 'MemberExpression') return false;
  const property =
    isNode(node.property) && node.property.type === 'Literal' ? node.property.value : nameOf(node.property);
  return nameOf(node.object) === 'process' && property === 'env';
}

const impure = new Set([
  'Date',
  'performance',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'crypto',
  'process',
  'fetch',
  'WebSocket',
  'require',
  'globalThis',
  'console',
]);
const pure = [
  { paths: /^packages\/core\/src\//, mayBeAsync: false },
  { paths: /^packages\/fix\/src\/session\/(?!store\.file)/, mayBeAsync: true },
];

/** Time, ids and randomness are arguments here, so that a whole day runs again from one seed. */
export function clockFindings(sources: readonly Source[]): Finding[] {
  const findings: Finding[] = [];
  for (const source of sources.filter(isScript)) {
    const zone = pure.find(({ paths }) => paths.test(source.path));
    if (zone === undefined || isTest(source.path)) continue;
    walk(parse(source).program, (node, parent, member) => {
      const found = impurity(node, parent, member) ?? (zone.mayBeAsync ? undefined : asynchrony(node));
      if (found === undefined) return;
      findings.push({
        path: source.path,
        line: lineOf(source, node),
        message: `uses ${found}; decisions are pure here`,
      });
    });
  }
  return findings;
}

function impurity(node: Node, parent: Node | undefined, member: string): string | undefined {
  if (
    node.type === 'MemberExpression' &&
    nameOf(node.object) === 'Math' &&
    nameOf(node.property) === 'random'
  ) {
    return 'Math.random';
  }
  const name = nameOf(node);
  return name !== undefined && impure.has(name) && isReference(node, parent, member) ? name : undefined;
}

function asynchrony(node: Node): string | undefined {
  if (node.type === 'AwaitExpression') return 'await';
  return node.async === true ? 'async' : undefined;
}
