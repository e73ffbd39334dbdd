/**
 * Documents that lie are worse than none: every path, link and command they name exists, and nothing is left
 * out.
 */
import { dirname, posix } from 'node:path';
import { lineAt, type Finding, type Source } from './tree.ts';

interface Mention {
  readonly text: string;
  readonly line: number;
}

/** Inline code, and the words of fenced blocks. */
function codeOf({ text }: Source): Mention[] {
  const mentions: Mention[] = [];
  const fences = /^(```|~~~)[^\n]*\n([\s\S]*?)^\1/gm;
  for (const match of text.matchAll(fences)) {
    const start = match.index + match[0].indexOf('\n') + 1;
    for (const [index, line] of (match[2] ?? '').split('\n').entries())
      mentions.push({ text: line, line: lineAt(text, start) + index });
  }
  const prose = text.replace(fences, (block) => block.replace(/[^\n]/g, ' '));
  for (const match of prose.matchAll(/`([^`\n]+)`/g))
    mentions.push({ text: match[1] ?? '', line: lineAt(text, match.index) });
  return mentions;
}

/** `files` and the folders above them, as a document would write them. */
function withFolders(files: Iterable<string>): Set<string> {
  const all = new Set<string>();
  for (const file of files) {
    for (let path = file; path !== '.'; path = dirname(path)) all.add(path);
  }
  return all;
}

/** Words between spaces and punctuation; braces hold theirs together. */
const word = /(?:\{[^}\s]*\}|[^\s"'(),;:=|{}])+/g;

export function pathFindings(documents: readonly Source[], files: readonly string[]): Finding[] {
  const known = withFolders(files);
  const roots = new Set([...known].filter((path) => !path.includes('/')));
  return documents.flatMap((document) =>
    codeOf(document).flatMap(({ text, line }) =>
      (text.match(word) ?? [])
        .map((each) =>
          each
            .replace(/^\.\//, '')
            .replace(/[.…]+$/, '')
            .replace(/\/$/, ''),
        )
        .filter((each) => isPath(each, roots))
        .flatMap(alternatives)
        .filter((path) => !exists(path, known))
        .map((path) => ({ path: document.path, line, message: `names ${path}, which is not in the tree` })),
    ),
  );
}

/** A word whose first part is a folder of the root, or a file name of the root with an ending. */
function isPath(path: string, roots: ReadonlySet<string>): boolean {
  if (/[@$\\]|^https?/.test(path) || /\/dist(\/|$)/.test(path)) return false;
  const [first = '', ...rest] = path.split('/');
  if (rest.length > 0) return roots.has(first);
  return /^(README|ARCHITECTURE|STYLE|CHANGELOG|LICENSE)(\.\w+)?$/.test(path);
}

/** `a/{b,c}.ts` stands for both. */
function alternatives(path: string): string[] {
  const braces = /^(.*?)\{([^{}]*)\}(.*)$/.exec(path);
  if (braces === null) return [path];
  const [, before = '', inside = '', after = ''] = braces;
  return inside.split(/[,|]/).flatMap((each) => alternatives(`${before}${each.trim()}${after}`));
}

/** `*` and `<anything>` stand for one name or a part of one. */
function exists(path: string, known: ReadonlySet<string>): boolean {
  if (known.has(path)) return true;
  if (!/[*<]/.test(path)) return false;
  const pattern = path
    .split(/\*+|<[^>]*>/)
    .map((part) => part.replace(/[.+?^${}()[\]\\|]/g, '\\$&'))
    .join('[^/]+');
  return [...known].some((each) => new RegExp(`^${pattern}$`).test(each));
}

export function linkFindings(documents: readonly Source[], files: readonly string[]): Finding[] {
  const known = withFolders(files);
  const anchors = new Map(documents.map((document) => [document.path, anchorsOf(document)]));
  return documents.flatMap((document) =>
    [...document.text.matchAll(/\]\(([^()\s]+)\)/g)].flatMap((match) => {
      const target = match[1] ?? '';
      if (/^[a-z]+:/.test(target)) return [];
      const [file = '', anchor] = target.split('#');
      const path = file === '' ? document.path : posix.join(dirname(document.path), file).replace(/\/$/, '');
      const isThere = known.has(path) && (anchor === undefined || (anchors.get(path)?.has(anchor) ?? true));
      return isThere
        ? []
        : [
            {
              path: document.path,
              line: lineAt(document.text, match.index),
              message: `links to ${target}, which is not there`,
            },
          ];
    }),
  );
}

function anchorsOf({ text }: Source): Set<string> {
  const headings = [...text.matchAll(/^#+ +(.+)$/gm)].map((match) => match[1] ?? '');
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .trim()
        .replaceAll(' ', '-'),
    ),
  );
}

/** Commands that npm has without anybody's script. */
const ofNpm = new Set(['ci', 'install', 'config', 'ls', 'run', 'help']);

export function commandFindings(documents: readonly Source[], scripts: ReadonlySet<string>): Finding[] {
  return documents.flatMap((document) =>
    codeOf(document).flatMap(({ text, line }) =>
      [...text.matchAll(/(?:^|[\s;&|(])npm (?:-s |--silent )?(?:run )?([a-z][\w:-]*)/g)]
        .map((match) => match[1] ?? '')
        .filter((name) => !scripts.has(name) && !ofNpm.has(name))
        .map((name) => ({
          path: document.path,
          line,
          message: `names npm command ${name}, which package.json does not have`,
        })),
    ),
  );
}

/**
 * Every folder a newcomer meets has its sentence: a list item or table row that begins with its path in
 * backticks.
 */
export function mapFindings(readme: Source, files: readonly string[]): Finding[] {
  const lines = readme.text.split('\n');
  const described = new Set(
    lines.flatMap((line) => {
      const match = /^\s*(?:[-*|])\s*`([^`]+?)\/?`\s*[|:—–-]?\s*(.*)$/.exec(line);
      return match !== null && (match[2] ?? '').replace(/[|\s]+$/, '').length >= 20
        ? alternatives(match[1] ?? '')
        : [];
    }),
  );
  return foldersOfTheMap(files)
    .filter((folder) => !described.has(folder))
    .map((folder) => ({ path: readme.path, line: 1, message: `has no sentence about ${folder}/` }));
}

function foldersOfTheMap(files: readonly string[]): string[] {
  const folders = [...withFolders(files)].filter((path) => files.some((file) => file.startsWith(`${path}/`)));
  const map = [
    /^(\.ci|docs|services|ui|sim|test|tools|deploy)$/,
    /^(packages|services\/src|docs|test|deploy|tools)\/[^/]+$/,
  ];
  return folders.filter((path) => map.some((each) => each.test(path))).toSorted();
}

/** `quote.*.*` is described as `quote.<venue>.<instrument>`. */
export function topicFindings(document: Source, subjects: ReadonlyMap<string, string>): Finding[] {
  const spans = codeOf(document).map(({ text }) => text.replace(/<[^>]+>/g, '*'));
  return [...subjects].flatMap(([name, subject]) => [
    ...(spans.includes(subject)
      ? []
      : [{ path: document.path, line: 1, message: `does not describe topic ${subject}` }]),
    ...(spans.includes(name) ? [] : [{ path: document.path, line: 1, message: `does not name ${name}` }]),
  ]);
}

/** A document or table that a program writes equals what the program writes today. */
export function staleFindings(source: Source, fresh: string, command: string): Finding[] {
  if (source.text === fresh) return [];
  const was = source.text.split('\n');
  const line = fresh.split('\n').findIndex((each, index) => each !== was[index]);
  return [
    {
      path: source.path,
      line: Math.max(line, 0) + 1,
      message: `differs from a fresh generation; run ${command}`,
    },
  ];
}
