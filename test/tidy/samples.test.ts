/**
 * Each check of the tidy tests finds a small sample of what it is for, names its line, and leaves the good
 * twin alone.
 */
import { describe, expect, it } from 'vitest';
import {
  commandFindings,
  linkFindings,
  mapFindings,
  pathFindings,
  staleFindings,
  topicFindings,
} from './documents.ts';
import { fixFindings } from './fix.ts';
import { importFindings } from './imports.ts';
import { declarationFindings, lockFindings, pinFindings, versionFindings } from './packages.ts';
import { clockFindings, environmentFindings } from './purity.ts';
import { rightFindings } from './rights.ts';
import {
  constructFindings,
  fileFindings,
  focusFindings,
  functionFindings,
  headerFindings,
  lineFindings,
  nameFindings,
  postponedFindings,
} from './shape.ts';
import { shown, type Finding, type Source } from './tree.ts';
import { wordFindings } from './words.ts';

type Check = (sources: readonly Source[]) => Finding[];
type Sample = readonly [path: string, text: string, found: RegExp | undefined];

const files = new Set([
  'packages/core/src/book.ts',
  'packages/fix/src/codec/decoder.ts',
  'packages/platform/src/bus.nats.ts',
  'packages/platform/src/bus.ts',
  'services/src/oms/oms.ts',
  'services/src/ports.ts',
  'sim/src/market.ts',
  'tools/emit.ts',
  'packages/wire/src/orders.ts',
  'packages/fix/src/session/session.ts',
  'packages/fix/src/transport/acceptor.ts',
]);
const imports: Check = (sources) => importFindings(sources, files);
const lines = (count: number): string =>
  Array.from({ length: count }, (_, index) => `  run(${index});`).join('\n');

/** A path and text of one file, and what must be found in it; undefined: nothing. */
const samples: readonly (readonly [name: string, check: Check, samples: readonly Sample[]])[] = [
  [
    'rights',
    rightFindings,
    [
      ['ui/src/a.tsx', "const isOperator = me.role === 'admin';", /a\.tsx:1 asks for a role/],
      ['ui/src/a.ts', "if ('admin' !== desk.me.role) return;", /a\.ts:1 asks for a role/],
      ['ui/src/a.ts', 'if (staff.includes(me.role)) return;', /a\.ts:1 asks for a role/],
      ['ui/src/a.tsx', "const mayHalt = me.permissions.includes('halt');", undefined],
      ['ui/src/a.tsx', '{me.user} · {me.role}', undefined],
    ],
  ],
  [
    'FIX',
    fixFindings,
    [
      ['services/src/api/a.ts', "const fields = text.split('\\u0001');", /a\.ts:1 knows the separator/],
      ['ui/src/a.tsx', "const fields = text.split('\\x01');", /a\.tsx:1 knows the separator/],
      ['packages/platform/src/a.ts', "const frame = '8=FIX.4.4|9=';", /a\.ts:1 holds the beginning/],
      [
        'services/src/gateway/a.ts',
        'const id = message.text(11);',
        /a\.ts:1 names a FIX field by its number/,
      ],
      ['services/src/gateway/a.ts', 'const id = message.text(Tag.ClOrdID);', undefined],
      ['services/src/gateway/a.ts', '// as in 8=FIX.4.4|9=5|', undefined],
      ['sim/src/a.ts', "const fields = text.split('\\u0001');", undefined],
      ['services/src/gateway/a.test.ts', "const frame = '8=FIX.4.4';", undefined],
    ],
  ],
  [
    'imports',
    imports,
    [
      [
        'packages/core/src/order.ts',
        "import { readFileSync } from 'node:fs';",
        /order\.ts:1 core may not import node:fs/,
      ],
      ['packages/core/src/order.ts', "import { z } from 'zod';", /core may not import zod/],
      ['packages/core/src/order.ts', "import { best } from './book.ts';", undefined],
      ['packages/core/src/order.ts', "import { best } from './books.ts';", /not in the tree/],
      [
        'packages/core/src/order.ts',
        "\nexport type { X } from '@tidegate/wire/orders';",
        /:2 core may not import wire/,
      ],
      [
        'packages/core/src/order.ts',
        "const x = await import('@tidegate/wire/orders');",
        /core may not import wire/,
      ],
      [
        'packages/core/src/order.ts',
        "type X = import('@tidegate/wire/orders').X;",
        /core may not import wire/,
      ],
      ['packages/core/src/order.test.ts', "import { it } from 'vitest';", undefined],
      [
        'packages/fix/src/codec/encoder.ts',
        "import { Session } from '../session/session.ts';",
        /may not import fix\/session/,
      ],
      ['packages/fix/src/session/states.ts', "import { decode } from '../codec/decoder.ts';", undefined],
      [
        'packages/fix/src/session/states.ts',
        "import { createServer } from 'node:net';",
        /may not import node:net/,
      ],
      [
        'services/src/oms/oms.ts',
        "import { NatsBus } from '@tidegate/platform/bus.nats';",
        /concrete bus\.nats\.ts/,
      ],
      ['services/src/oms/oms.ts', "import pg from 'pg';", /services\/oms may not import pg/],
      ['services/src/oms/oms.ts', "import type { Bus } from '@tidegate/platform/bus';", undefined],
      [
        'services/src/oms/oms.ts',
        "import { Acceptor } from '@tidegate/fix/transport/acceptor';",
        /may not import fix\/transport/,
      ],
      [
        'services/src/gateway/sessions.ts',
        "import { Acceptor } from '@tidegate/fix/transport/acceptor';",
        undefined,
      ],
      [
        'services/src/api/api.ts',
        "import { Oms } from '../oms/oms.ts';",
        /services\/api may not import services\/oms/,
      ],
      ['services/src/api/api.ts', "import { port } from '../ports.ts';", undefined],
      [
        'services/src/api/api.ts',
        "import { market } from '@tidegate/sim/market';",
        /sim may not be imported by anyone/,
      ],
      ['services/src/main.ts', "import { Oms } from './oms/oms.ts';", undefined],
      [
        'ui/src/App.tsx',
        "import { best } from '../../packages/core/src/book.ts';",
        /reaches into another package/,
      ],
      ['packages/core/bench/a.ts', "import { best } from '../src/book.ts';", undefined],
      ['packages/fix/src/codec/a.test.ts', "import { emit } from '../../../../tools/emit.ts';", undefined],
      [
        'packages/fix/src/codec/a.ts',
        "import { emit } from '../../../../tools/emit.ts';",
        /reaches into another/,
      ],
      ['elsewhere/thing.ts', 'export const x = 1;', /no zone/],
    ],
  ],
  [
    'environment',
    environmentFindings,
    [
      ['services/src/oms/oms.ts', '\nconst port = process.env.PORT;', /oms\.ts:2 reads process\.env/],
      ['services/src/oms/oms.ts', "const port = process['env'].PORT;", /reads process\.env/],
      ['services/src/oms/oms.ts', "import { env } from 'node:process';", /reads process\.env/],
      ['packages/platform/src/configuration/config.ts', 'const port = process.env.PORT;', undefined],
      ['services/src/oms/oms.ts', 'const text = "process.env"; // process.env', undefined],
    ],
  ],
  [
    'clock',
    clockFindings,
    [
      ['packages/core/src/order.ts', 'export const now = () => Date.now();', /uses Date/],
      ['packages/core/src/order.ts', 'export const at = new Date(0);', /uses Date/],
      ['packages/core/src/order.ts', 'export const id = Math.random();', /uses Math\.random/],
      ['packages/core/src/order.ts', 'export const max = Math.max(1, 2);', undefined],
      ['packages/core/src/order.ts', 'export async function decide() {}', /uses async/],
      ['packages/core/src/order.ts', 'export const x = { process: 1, Date: 2 }.process;', undefined],
      ['packages/fix/src/session/session.ts', 'setTimeout(() => {}, 1);', /uses setTimeout/],
      ['packages/fix/src/session/session.ts', 'export const t = performance.now();', /uses performance/],
      ['packages/fix/src/session/session.ts', 'export async function open() {}', undefined],
      ['packages/fix/src/transport/ticker.ts', 'setTimeout(() => {}, 1);', undefined],
    ],
  ],
  [
    'lines',
    lineFindings,
    [
      ['sim/src/a.ts', `/** */\n// ${'x'.repeat(108)}`, /a\.ts:2 has 111 characters/],
      ['sim/src/a.ts', `// ${'x'.repeat(107)}`, undefined],
      ['sim/src/a.ts', `/** Generated by tools/x.ts */\n// ${'x'.repeat(200)}`, undefined],
    ],
  ],
  [
    'files',
    fileFindings,
    [
      ['sim/src/a.ts', 'run();\n'.repeat(601), /has 601 lines/],
      ['sim/src/a.ts', 'run();\n'.repeat(600), undefined],
    ],
  ],
  [
    'functions',
    functionFindings,
    [
      ['sim/src/a.ts', `\nfunction f() {\n${lines(69)}\n}`, /a\.ts:2 is a function of 71 lines/],
      ['sim/src/a.ts', `function f() {\n${lines(68)}\n}`, undefined],
      ['sim/src/a.ts', `class A {\n  f() {\n${lines(69)}\n}}`, /:2 is a function of 71/],
      ['sim/src/a.test.ts', `describe('x', () => {\n${lines(80)}\n  it('y', () => {});\n});`, undefined],
      ['sim/src/a.test.ts', `it('y', () => {\n${lines(80)}\n});`, /function of 82 lines/],
    ],
  ],
  [
    'headers',
    headerFindings,
    [
      ['sim/src/a.ts', 'export const x = 1;', /a\.ts:1 does not begin/],
      ['sim/src/a.ts', '/** What it is. */\nexport const x = 1;', undefined],
      ['sim/src/a.test.ts', 'it();', undefined],
      ['sim/src/a.contract.ts', 'it();', /does not begin/],
      ['tools/a.mjs', '#!/usr/bin/env node\n// What it is.\n', undefined],
      ['packages/platform/src/migrations/1.sql', 'create table x ();', /does not begin/],
    ],
  ],
  [
    'names',
    nameFindings,
    [
      ['sim/src/utils/a.ts', 'export {};', /lies in utils\//],
      ['sim/src/index.ts', 'export {};', /no barrels/],
      ['sim/src/a.ts', '\nclass OrderManager {}', /a\.ts:2 OrderManager is not/],
      ['sim/src/a.ts', 'const busImpl = 1;', /busImpl is not/],
      ['sim/src/a.ts', 'interface PriceHelper {}', /PriceHelper/],
      ['sim/src/order.book.ts', 'class Book {}', undefined],
    ],
  ],
  [
    'constructs',
    constructFindings,
    [
      ['sim/src/a.ts', '\nenum Side { Buy }', /a\.ts:2 is an enum/],
      ['sim/src/a.ts', 'namespace A { export const x = 1; }', /is a namespace/],
      ['sim/src/a.ts', "export * from './b.ts';", /is a barrel/],
      ['sim/src/a.ts', "declare module 'x' {}\nexport const side = 'buy' as const;", undefined],
    ],
  ],
  [
    'focus',
    focusFindings,
    [
      ['sim/src/a.test.ts', "it.only('x', () => {});", /has \.only/],
      ['sim/src/a.test.ts', "\ndescribe.skip('x', () => {});", /a\.test\.ts:2 has \.skip/],
      ['sim/src/a.test.ts', "it.skipIf(true)('x', () => {});", /has \.skipIf/],
      ['sim/src/a.test.ts', "it.each([1])('x', () => {}); list.skip(1);", undefined],
    ],
  ],
  [
    'postponed',
    postponedFindings,
    [
      ['sim/src/a.ts', `\n// ${'TO' + 'DO'}: later`, /a\.ts:2 postpones/],
      ['sim/src/a.ts', `const x = '${'TO' + 'DO'}';`, undefined],
    ],
  ],
  [
    'words',
    wordFindings,
    [
      ['docs/a.md', `see ${'/ro' + 'ot/x'}`, /names a path of one machine/],
      ['docs/a.md', `\nsee https://${'regi' + 'stry'}.example.com/x`, /a\.md:2 names a package registry/],
      ['docs/a.md', 'see docs/work/a and https://example.com/', undefined],
    ],
  ],
];

for (const [name, check, cases] of samples) {
  describe(name, () => {
    it.each([...cases])('sample %# at %s', (path, text, found) => {
      const findings = shown(check([{ path, text }]));
      if (found === undefined) expect(findings).toEqual([]);
      else expect(findings.join('\n')).toMatch(found);
    });
  });
}

const manifest = (path: string, fields: object): Source => ({
  path,
  text: JSON.stringify({ version: '1.0.0', ...fields }, null, 1),
});

describe('packages', () => {
  const root = manifest('package.json', {});
  const found = (findings: Finding[]): string => shown(findings).join('\n');

  it('finds another version of ourselves', () => {
    expect(versionFindings([root, manifest('sim/package.json', {})])).toEqual([]);
    expect(found(versionFindings([root, manifest('sim/package.json', { version: '1.0.1' })]))).toMatch(
      /sim.*has version 1\.0\.1/,
    );
    const wants = manifest('sim/package.json', { dependencies: { '@tidegate/core': '0.9.0' } });
    expect(found(versionFindings([root, wants]))).toMatch(/wants @tidegate\/core 0\.9\.0/);
    expect(found(versionFindings([root, { path: 'CHANGELOG.md', text: '## 0.9.0' }]))).toMatch(
      /begins with 0\.9\.0/,
    );
  });

  it('finds a version that floats', () => {
    expect(
      pinFindings([manifest('package.json', { dependencies: { ws: '8.23.0', pg: '18.4.0-beta.17' } })]),
    ).toEqual([]);
    expect(found(pinFindings([manifest('package.json', { devDependencies: { ws: '^8.23.0' } })]))).toMatch(
      /:4 pins ws to \^8/,
    );
  });

  it('finds an import that hoisting hides', () => {
    const sim = manifest('sim/package.json', { dependencies: { ws: '8.23.0' } });
    const script = (text: string): Source => ({ path: 'sim/src/a.ts', text });
    expect(declarationFindings([root, sim, script("import ws from 'ws';")])).toEqual([]);
    expect(found(declarationFindings([root, sim, script("import pg from 'pg/lib/x';")]))).toMatch(
      /imports pg, which sim/,
    );
  });

  it('finds a lock that names a host, lacks a part or is old', () => {
    const lock = (packages: object): Source => ({
      path: 'package-lock.json',
      text: JSON.stringify({ packages }),
    });
    const good = {
      '': { version: '1.0.0' },
      'node_modules/a': { optionalDependencies: { b: '1' } },
      'node_modules/b': {},
    };
    expect(lockFindings(lock(good), [root])).toEqual([]);
    expect(
      found(lockFindings(lock({ ...good, 'node_modules/b': { resolved: 'https://h/b.tgz' } }), [root])),
    ).toMatch(/resolves/);
    expect(
      found(lockFindings(lock({ 'node_modules/a': { optionalDependencies: { b: '1' } } }), [root])),
    ).toMatch(/lacks b/);
    expect(found(lockFindings(lock({ '': { version: '0.9.0' } }), [root]))).toMatch(
      /differs from package-lock\.json in version/,
    );
  });
});

describe('documents', () => {
  const tree = ['README.md', 'packages/core/src/book.ts', 'packages/core/src/order.ts', 'docs/adr/0001-x.md'];
  const document = (text: string, path = 'README.md'): Source => ({ path, text });
  const found = (findings: Finding[]): string => shown(findings).join('\n');

  it('finds a path that does not exist, in prose and in blocks', () => {
    const good =
      '`packages/core/src/{book,order}.ts` `packages/core/` `docs/adr/*.md` `packages/<name>/src` `a/b`';
    expect(pathFindings([document(good)], tree)).toEqual([]);
    expect(found(pathFindings([document('\n`packages/core/src/bock.ts`')], tree))).toMatch(
      /README\.md:2 names packages\/core\/src\/bock/,
    );
    expect(found(pathFindings([document('```\nnode packages/none.ts\n```')], tree))).toMatch(
      /README\.md:2 names packages\/none\.ts/,
    );
    expect(found(pathFindings([document('`packages/core/src/{book,none}.ts`')], tree))).toMatch(/none\.ts/);
  });

  it('finds a link to nothing', () => {
    expect(
      linkFindings([document('# A b\n[x](docs/adr/0001-x.md) [y](#a-b) [z](https://example.com/)')], tree),
    ).toEqual([]);
    expect(found(linkFindings([document('[x](../README.md)', 'docs/adr/0001-x.md')], tree))).toMatch(
      /links to \.\.\/README/,
    );
    expect(found(linkFindings([document('# A b\n[x](#c)')], tree))).toMatch(/README\.md:2 links to #c/);
  });

  it('finds a command that nobody has', () => {
    const scripts = new Set(['start', 'test:fast']);
    expect(commandFindings([document('`npm start` `npm run test:fast -- x` npm is good')], scripts)).toEqual(
      [],
    );
    expect(found(commandFindings([document('```\nnpm run fly\n```')], scripts))).toMatch(
      /README\.md:2 names npm command fly/,
    );
  });

  it('finds a directory without its sentence', () => {
    const good =
      '| `packages/core/` | decides everything and knows nothing |\n' +
      '- `docs/` what people read before they ask\n- `docs/adr/` why it is the way it is';
    expect(mapFindings(document(good), tree)).toEqual([]);
    expect(found(mapFindings(document('| `packages/core/` | short |'), tree))).toMatch(
      /no sentence about packages\/core/,
    );
  });

  it('finds a topic that is not described', () => {
    const subjects = new Map([['quoteTopic', 'quote.*.*']]);
    expect(topicFindings(document('`quote.<venue>.<instrument>` `quoteTopic`'), subjects)).toEqual([]);
    expect(found(topicFindings(document('`quote.<venue>` `quoteTopic`'), subjects))).toMatch(
      /does not describe topic quote/,
    );
  });

  it('finds a generated file that is old', () => {
    expect(staleFindings(document('a\nb'), 'a\nb', 'npm run docs')).toEqual([]);
    expect(found(staleFindings(document('a\nc'), 'a\nb', 'npm run docs'))).toMatch(
      /README\.md:2 differs .* npm run docs/,
    );
  });
});
