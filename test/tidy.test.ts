/**
 * The house rules as tests over the tree (STYLE.md says why each exists). Every check is shown in
 * `tidy/samples.test.ts` to find what it is for; here it must find nothing.
 */
import { describe, expect, it } from 'vitest';
import * as topics from '@tidegate/wire/topics';
import { generatedDictionaries, generatedDocuments } from '../tools/documents.ts';
import {
  commandFindings,
  linkFindings,
  mapFindings,
  pathFindings,
  staleFindings,
  topicFindings,
} from './tidy/documents.ts';
import { fixFindings } from './tidy/fix.ts';
import { importFindings } from './tidy/imports.ts';
import { declarationFindings, lockFindings, pinFindings, versionFindings } from './tidy/packages.ts';
import { rightFindings } from './tidy/rights.ts';
import { clockFindings, environmentFindings } from './tidy/purity.ts';
import {
  constructFindings,
  fileFindings,
  focusFindings,
  functionFindings,
  headerFindings,
  lineFindings,
  nameFindings,
  postponedFindings,
} from './tidy/shape.ts';
import { listTree, readOne, readTree, shown, type Finding } from './tidy/tree.ts';
import { wordFindings } from './tidy/words.ts';

const files = listTree();
const sources = readTree(files);
const scripts = new Set(
  Object.keys((JSON.parse(readOne('package.json').text) as { scripts: object }).scripts),
);
const documents = sources.filter(({ path }) => path.endsWith('.md'));

const none = (findings: readonly Finding[]): void => expect(shown(findings)).toEqual([]);

describe('dependencies', () => {
  it('follow the table of who may import whom', () => none(importFindings(sources, new Set(files))));
  it('are named by the package that imports them', () => none(declarationFindings(sources)));
  it('are pinned to one exact version', () => none(pinFindings(sources)));
  it('are in a lock file that is complete and names no host', () =>
    none(lockFindings(readOne('package-lock.json'), sources)));
  it('have one version of ourselves everywhere', () => none(versionFindings(sources)));
});

describe('decisions', () => {
  it('read the environment only in the settings', () => none(environmentFindings(sources)));
  it('ask for rights, never for roles', () => none(rightFindings(sources)));
  it('leave FIX messages to the FIX engine', () => none(fixFindings(sources)));
  it('see no clock, timer or random in the core and the FIX session', () => none(clockFindings(sources)));
});

describe('shape', () => {
  it('keeps lines short', () => none(lineFindings(sources)));
  it('keeps functions short', () => none(functionFindings(sources)));
  it('keeps files short', () => none(fileFindings(sources)));
  it('opens each source file with what it is', () => none(headerFindings(sources)));
  it('uses names that say something', () => none(nameFindings(sources)));
  it('has no enums, namespaces and barrels', () => none(constructFindings(sources)));
  it('has no test that does not run', () => none(focusFindings(sources)));
  it('postpones nothing in comments', () => none(postponedFindings(sources)));
  it('names nothing of one machine', () => none(wordFindings(sources)));
});

describe('documents', () => {
  it('name paths that exist', () => none(pathFindings(documents, files)));
  it('link to what exists', () => none(linkFindings(documents, files)));
  it('name commands that exist', () => none(commandFindings(documents, scripts)));
  it('describe every topic', () => none(topicFindings(readOne('docs/topics.md'), subjects())));
  it('give every directory of the map its sentence', () => none(mapFindings(readOne('README.md'), files)));
});

describe('generated files equal a fresh generation:', () => {
  it('documents', async () => none(stale(await generatedDocuments(), 'npm run docs')));
  it('FIX dictionaries', async () => none(stale(await generatedDictionaries(), 'node tools/fixgen.ts')));
});

function stale(fresh: ReadonlyMap<string, string>, command: string): Finding[] {
  if (fresh.size === 0) throw new Error('nothing is generated, so nothing was compared');
  return [...fresh].flatMap(([path, text]) => staleFindings(readOne(path), text, command));
}

/** Each `…Topic` function with all its parameters left open. */
function subjects(): Map<string, string> {
  return new Map(
    Object.entries(topics)
      .filter(([name]) => name.endsWith('Topic'))
      .map(([name, make]) => [name, make().subject]),
  );
}
