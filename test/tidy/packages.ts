/**
 * One version of ourselves, exact versions of everybody else, and a lock file that installs on every machine.
 */
import { posix } from 'node:path';
import { importsOf } from './syntax.ts';
import { packageName } from './imports.ts';
import { isScript, isTest, lineAt, type Finding, type Source } from './tree.ts';

interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly workspaces?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly resolved?: string;
  readonly link?: boolean;
}
interface Lock extends Manifest {
  readonly packages?: Readonly<Record<string, Manifest>>;
}

const exact = /^\d+\.\d+\.\d+(-[\w.]+)?$/;
const manifestPath = /^([\w-]+\/){0,2}package\.json$/;
const kinds = ['dependencies', 'devDependencies', 'optionalDependencies'] as const;

function at(source: Source, text: string, message: string): Finding {
  return {
    path: source.path,
    line: lineAt(source.text, Math.max(source.text.indexOf(text), 0) + 1),
    message,
  };
}

function manifestsOf(sources: readonly Source[]): Source[] {
  return sources.filter(({ path }) => manifestPath.test(path));
}

export function versionFindings(sources: readonly Source[]): Finding[] {
  const manifests = manifestsOf(sources).map((source) => ({
    source,
    manifest: JSON.parse(source.text) as Manifest,
  }));
  const version = manifests.find(({ source }) => source.path === 'package.json')?.manifest.version ?? 'none';
  const findings = manifests.flatMap(({ source, manifest }) => [
    ...(manifest.version === version
      ? []
      : [at(source, '"version"', `has version ${manifest.version}; the root has ${version}`)]),
    ...kinds
      .flatMap((kind) => Object.entries(manifest[kind] ?? {}))
      .filter(([name, wanted]) => name.startsWith('@tidegate/') && wanted !== version)
      .map(([name, wanted]) => at(source, `"${name}"`, `wants ${name} ${wanted}; the root has ${version}`)),
  ]);
  const changes = sources.find(({ path }) => path === 'CHANGELOG.md');
  const newest = /^## \[?(\d[\w.-]*)/m.exec(changes?.text ?? '')?.[1];
  if (changes !== undefined && newest !== version) {
    findings.push({
      path: 'CHANGELOG.md',
      line: 1,
      message: `begins with ${newest ?? 'no version'}; the root has ${version}`,
    });
  }
  return findings;
}

export function pinFindings(sources: readonly Source[]): Finding[] {
  return manifestsOf(sources).flatMap((source) => {
    const manifest = JSON.parse(source.text) as Manifest;
    return kinds
      .flatMap((kind) => Object.entries(manifest[kind] ?? {}))
      .filter(([, version]) => !exact.test(version))
      .map(([name, version]) =>
        at(source, `"${name}"`, `pins ${name} to ${version}, which is not one exact version`),
      );
  });
}

/**
 * npm refuses a lock that lacks another machine's optional packages, and one that names a registry ties it to
 * that host.
 */
export function lockFindings(lock: Source, sources: readonly Source[]): Finding[] {
  const packages = (JSON.parse(lock.text) as Lock).packages ?? {};
  const findings: Finding[] = [];
  for (const [path, entry] of Object.entries(packages)) {
    if (/:\/\//.test(entry.resolved ?? ''))
      findings.push(at(lock, `"${path}"`, `resolves ${path} at ${entry.resolved}`));
    for (const name of Object.keys(entry.optionalDependencies ?? {})) {
      if (
        !path.startsWith('node_modules/') ||
        `${path}/node_modules/${name}` in packages ||
        `node_modules/${name}` in packages
      )
        continue;
      findings.push(at(lock, `"${path}"`, `lacks ${name}, an optional part of ${path}: npm ci refuses it`));
    }
  }
  for (const source of manifestsOf(sources)) {
    const locked = packages[source.path.replace(/\/?package\.json$/, '')];
    const manifest = JSON.parse(source.text) as Manifest;
    const isWorkspace = source.path !== 'package.json';
    if (isWorkspace && locked === undefined)
      findings.push(at(lock, '"packages"', `does not know ${source.path}`));
    if (locked === undefined) continue;
    const fields = ['version', ...kinds] as const;
    for (const field of fields) {
      const [wanted, has] = [manifest[field] ?? {}, locked[field] ?? {}].map((value) =>
        JSON.stringify(sorted(value)),
      );
      if (wanted !== has)
        findings.push(
          at(source, `"${field}"`, `differs from package-lock.json in ${field}; run npm install`),
        );
    }
  }
  return findings;
}

function sorted(value: string | Readonly<Record<string, string>>): unknown {
  return typeof value === 'string' ? value : Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
}

/**
 * A package that is imported is in the manifest of the one that imports it: hoisting would hide that it is
 * missing.
 */
export function declarationFindings(sources: readonly Source[]): Finding[] {
  const declared = new Map(
    manifestsOf(sources).map((source) => {
      const manifest = JSON.parse(source.text) as Manifest;
      return [
        source.path.replace(/\/?package\.json$/, ''),
        new Set(kinds.flatMap((kind) => Object.keys(manifest[kind] ?? {}))),
      ];
    }),
  );
  const ofRoot = declared.get('') ?? new Set();
  return sources.filter(isScript).flatMap((source) => {
    const home =
      [...declared.keys()].find((folder) => folder !== '' && source.path.startsWith(`${folder}/`)) ?? '';
    const own = declared.get(home) ?? new Set();
    return importsOf(source)
      .filter(({ specifier }) => /^[@\w]/.test(specifier) && !specifier.startsWith('node:'))
      .map(({ specifier, line }) => ({ name: packageName(specifier), line }))
      .filter(
        ({ name }) =>
          !own.has(name) && !(name.startsWith('@tidegate/') && (home === '' || isTest(source.path))),
      )
      .filter(
        ({ name }) =>
          !(isTest(source.path) && ofRoot.has(name)) && name !== `@tidegate/${home.split('/').at(-1)}`,
      )
      .map(({ name, line }) => ({
        path: source.path,
        line,
        message: `imports ${name}, which ${posix.join(home, 'package.json')} does not name`,
      }));
  });
}
