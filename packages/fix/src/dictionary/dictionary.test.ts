import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SECTION_MASK } from './definition.ts';
import type { GroupDefinition } from './definition.ts';
import { Dictionary } from './dictionary.ts';
import { fix40Table } from './fix40.ts';
import { fix41Table } from './fix41.ts';
import { fix42Table } from './fix42.ts';
import { fix43Table } from './fix43.ts';
import { fix44Table } from './fix44.ts';
import { fix50Table } from './fix50.ts';
import { fix50sp1Table } from './fix50sp1.ts';
import { fix50sp2Table } from './fix50sp2.ts';
import { fixt11Table } from './fixt11.ts';
import { loadDictionary } from './load.ts';
import { extendDictionary, joinTransport } from './overlay.ts';
import { DictionaryError, formatMembers, parseMembers } from './table.ts';
import type { DictionaryTable } from './table.ts';
import { MsgType, Tag } from './tags44.ts';
import { ENUMERATED } from './types.ts';
import { VERSIONS, beginStringOf } from './versions.ts';
import { dictionaryXml, readDictionaryXml } from './xml.ts';

const TABLES = [
  fix40Table,
  fix41Table,
  fix42Table,
  fix43Table,
  fix44Table,
  fix50Table,
  fix50sp1Table,
  fix50sp2Table,
  fixt11Table,
];

const dictionary = loadDictionary('FIX.4.4');
const SMALL: DictionaryTable = {
  type: 'FIX',
  major: 4,
  minor: 4,
  servicePack: 0,
  header: '8! 9! 35!',
  trailer: '10!',
  messages: ['0 Heartbeat admin', 'U1 Own app 58 @Parties!'],
  components: ['Parties 453!(448! 447)'],
  fields: [
    '8 BeginString STRING',
    '9 BodyLength LENGTH',
    '10 CheckSum STRING',
    '35 MsgType STRING|0=HEARTBEAT',
    '58 Text STRING|a b=WITH_SPACE|<&\'">=MARKUP',
    '447 PartyIDSource CHAR|D=CUSTOM',
    '448 PartyID STRING',
    '453 NoPartyIDs NUMINGROUP',
  ],
};

describe('constants', () => {
  it('name tags and message types', () => {
    expect([
      Tag.ClOrdID,
      Tag.NoMDEntries,
      MsgType.NewOrderSingle,
      MsgType.MarketDataSnapshotFullRefresh,
    ]).toEqual([11, 268, 'D', 'W']);
  });
});

describe('XML', () => {
  it('comes back as the same table', () => {
    expect(readDictionaryXml(dictionaryXml(fix44Table))).toEqual(fix44Table);
    expect(readDictionaryXml(dictionaryXml(SMALL))).toEqual(SMALL);
  });

  it('comes back as the same table for every version, in two files from 5.0 on', () => {
    for (const table of TABLES) expect(readDictionaryXml(dictionaryXml(table))).toEqual(table);
    expect(dictionaryXml(fixt11Table)).toContain("<fix type='FIXT' major='1' minor='1'");
    expect(dictionaryXml(fix50sp2Table)).toContain("<fix type='FIX' major='5' minor='0' servicepack='2'>");
  });

  it('expands nothing', () => {
    const bomb = `<!DOCTYPE fix [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>
      <fix major="4" minor="4"><fields><field number="58" name="Text" type="STRING">
      <value enum="x" description="&b;"/></field></fields></fix>`;
    expect(() => readDictionaryXml(bomb)).toThrow(DictionaryError);
    const plain = bomb.replace(/^.*\n/, '');
    expect(readDictionaryXml(plain).fields).toEqual(['58 Text STRING|x=&b;']);
  });

  it("is QuickFIX's format", () => {
    const xml = dictionaryXml(SMALL);
    expect(xml).toContain("<fix type='FIX' major='4' minor='4' servicepack='0'>");
    expect(xml).toContain(
      "  <message name='Own' msgtype='U1' msgcat='app'>\n   <field name='Text' required='N' />\n" +
        "   <component name='Parties' required='Y' />\n  </message>\n",
    );
    expect(xml).toContain(
      "   <group name='NoPartyIDs' required='Y'>\n    <field name='PartyID' required='Y' />\n",
    );
    expect(xml).toContain("   <value enum='&lt;&amp;&apos;&quot;&gt;' description='MARKUP' />\n");
  });

  it('is read with comments, either quote and entities', () => {
    const table = readDictionaryXml(`<?xml version="1.0"?><!-- <fix> --><fix major="4" minor='2'>
      <header/><trailer></trailer><messages><message name="Own" msgtype="U&#49;" msgcat="app">
      <field name="Text" required="Y"/></message></messages>
      <fields><field number="58" name="Text" type="STRING"/></fields></fix>`);
    expect([table.major, table.minor, table.servicePack, table.messages]).toEqual([
      4,
      2,
      0,
      ['U1 Own app 58!'],
    ]);
  });

  it('that is wrong is refused with the reason', () => {
    const wrong: readonly [string, string][] = [
      ['', 'not one root'],
      ['<fix>', 'not closed'],
      ['<fix></fox>', '</fox> without'],
      ['<a/>', '<a>: the root element is not <fix>'],
      [
        '<fix major="4" minor="4">\n<messages>\n<message name="X"/></messages></fix>',
        "venue.xml:3: <message name='X'>: without msgcat",
      ],
      [
        '<fix major="4" minor="4"><fields><field number="1" name="A" type="INT"/>\n' +
          '<field number="2" name="A" type="INT"/></fields></fix>',
        "venue.xml:2: <field name='A'>: two fields of the name A",
      ],
      [
        '<fix major="4" minor="4"><fields><field number="1" name="A" type="INT">\n' +
          '<value enum="a|b" description=""/></field></fields></fix>',
        "venue.xml:1: <field name='A'>: value of A",
      ],
      [`<fix>${'<a/>'.repeat(500_001)}</fix>`, 'more than 500000 elements'],
      ['x'.repeat(16_000_001), 'longer than 16000000 characters'],
      ['<fix major="4" minor="4"><header><field name="Text"/></header></fix>', 'used and not defined'],
      ['<fix major="4" minor="x"/>', 'not a number'],
      ['<fix a=b/>', 'venue.xml:1: not an element'],
      [
        '<fix major="4" minor="4"><fields><field number="1" name="a b" type="INT"/></fields></fix>',
        'not a name',
      ],
      [`<fix>${'<a>'.repeat(40)}`, 'too deep'],
    ];
    for (const [xml, reason] of wrong) {
      expect(() => readDictionaryXml(xml, 'venue.xml')).toThrow(DictionaryError);
      expect(() => readDictionaryXml(xml, 'venue.xml')).toThrow(reason);
    }
  });
});

describe('a dictionary that contradicts itself', () => {
  const HEADER = "<header><field name='BeginString'/></header>";
  const FIELDS = `<fields><field number='8' name='BeginString' type='STRING'/>
    <field number='453' name='NoPartyIDs' type='NUMINGROUP'/><field number='1' name='Account' type='STRING'/>
    </fields>`;
  const GROUP = "<group name='NoPartyIDs' required='N'><field name='Account' required='N'/></group>";
  const message = (content: string): string =>
    `<message name='One' msgtype='U1' msgcat='app'>\n${content}</message>`;

  it.each([
    ['an unknown component', message("<component name='Gone'/>"), '', 4],
    ['an empty group', message("<group name='NoPartyIDs'></group>"), '', 4],
    ['a group twice', message(`${GROUP}\n${GROUP}`), '', 5],
    [
      'a group twice',
      message(`<component name='P'/>\n${GROUP}`),
      `<component name='P'>${GROUP}</component>`,
      5,
    ],
    ['two messages of one type', `${message('')}\n${message('')}`, '', 5],
    ['a circle', '', "<component name='P'>\n<component name='P'/></component>", 5],
    [
      'a longer circle',
      '',
      "<component name='P'><component name='Q'/></component>\n" +
        "<component name='Q'><component name='P'/></component>",
      5,
    ],
    ['two components of one name', '', "<component name='P'/>\n<component name='P'/>", 5],
  ])('is told with file and line: %s', (_, messages, components, line) => {
    const text = `<fix major='4' minor='4'>\n${HEADER}<messages>\n${messages}</messages>
<components>${components}</components>${FIELDS}</fix>`.replace('<messages>\n', '<messages>');
    expect(() => readDictionaryXml(text, 'venue.xml')).toThrow(`venue.xml:${line - 1}: `);
  });
});

describe('member lists', () => {
  it('come back as the same text', () => {
    const text = '11! 526 @Parties! 78!(79! @Nested 539(524!)) 58';
    expect(formatMembers(parseMembers(text))).toBe(text);
  });

  it('that are wrong are refused', () => {
    for (const text of ['1(', ')', '1)', 'x', '@', '1!!', '1(2'])
      expect(() => parseMembers(text)).toThrow(DictionaryError);
  });
});

describe('versions', () => {
  it('have their BeginString, header and session messages', () => {
    for (const version of VERSIONS) {
      const loaded = loadDictionary(version);
      expect(loaded).toBe(loadDictionary(version));
      expect([loaded.version, loaded.beginString]).toEqual([version, beginStringOf(version)]);
      expect(loaded.isOnTransport).toBe(version.startsWith('FIX.5'));
      expect(String.fromCharCode(...loaded.beginBytes)).toBe(loaded.beginString);
      for (const type of ['0', '1', '2', '3', '4', '5', 'A']) expect(loaded.isAdmin(type)).toBe(true);
      for (const type of loaded.messageTypes()) {
        const definition = loaded.message(type)!;
        const header = [34, 49, 52, 56].map((tag) => definition.rules[loaded.ordinal(tag)]! & SECTION_MASK);
        expect([version, type, header]).toEqual([version, type, [1, 1, 1, 1]]);
      }
    }
  });

  it('before 5.0 can travel on FIXT.1.1, too', () => {
    const loaded = loadDictionary('FIX.4.2', 'FIXT.1.1');
    expect([loaded.version, loaded.beginString]).toEqual(['FIX.4.2', 'FIXT.1.1']);
    expect(loaded.message('A')?.required).toContain(1137);
    expect(loaded.message('D')!.rules[loaded.ordinal(1128)]! & SECTION_MASK).toBe(1);
    expect(loaded.message('D')?.required).toContain(21);
  });

  it('on FIXT take a BusinessMessageReject with DefaultApplVerID, as QuickFIX writes it', () => {
    for (const version of ['FIX.4.4', 'FIX.5.0', 'FIX.5.0SP1', 'FIX.5.0SP2'] as const) {
      const loaded = loadDictionary(version, 'FIXT.1.1');
      const section = (type: string, tag: number) =>
        loaded.message(type)!.rules[loaded.ordinal(tag)]! & SECTION_MASK;
      expect([version, section('j', 1137)]).toEqual([version, section('j', 58)]);
      expect([version, section('D', 1137)]).toEqual([version, 0]);
      expect(loaded.message('j')?.required).not.toContain(1137);
    }
    const plain = loadDictionary('FIX.4.4');
    expect(plain.message('j')!.rules[plain.ordinal(1137)]).toBe(0);
  });

  it('from 5.0 on need a transport', () => {
    expect(() => new Dictionary(fix50sp2Table)).toThrow('FIX.5.0SP2 has no header');
    expect(new Dictionary(joinTransport(fix50sp2Table, fixt11Table)).beginString).toBe('FIXT.1.1');
  });

  it('know the length field of each data field that has one', () => {
    for (const version of VERSIONS) {
      const loaded = loadDictionary(version);
      for (const lengthTag of loaded.lengthTags)
        if (lengthTag !== 0) expect(loaded.fieldName(lengthTag)).toMatch(/Len(gth)?$/);
      for (const [data, length] of [
        [96, 95],
        [91, 90],
        [89, 93],
        [213, 212],
        [349, 348],
        [351, 350],
        [353, 352],
        [355, 354],
        [357, 356],
        [359, 358],
        [361, 360],
        [363, 362],
        [365, 364],
        [446, 445],
        [619, 618],
        [622, 621],
      ] as const) {
        if (loaded.ordinal(data) !== 0)
          expect([version, data, loaded.lengthTags[data]]).toEqual([version, data, length]);
      }
    }
  });

  it('are taken in without the values of their fields, which wait until they are asked for', () => {
    const loaded = new Dictionary(joinTransport(fix50sp2Table, fixt11Table));
    const enumerated = Array.from(loaded.checks, (check, ordinal) => [check & ENUMERATED, ordinal] as const);
    expect(enumerated.filter(([isListed]) => isListed !== 0).length).toBeGreaterThan(500);
    expect(loaded.singles.some((start) => start !== 0)).toBe(false);
    for (const [isListed, ordinal] of enumerated)
      expect(loaded.enumeration(ordinal) === undefined).toBe(isListed === 0);
    const starts = new Set(
      enumerated.filter(([isListed]) => isListed !== 0).map(([, ordinal]) => loaded.singles[ordinal]),
    );
    expect([starts.size, starts.has(0)]).toEqual([loaded.singleValues.length / 256 - 1, false]);
  });
});

describe('an overlay', () => {
  const VENUE = `<fix major='4' minor='4'>
    <header><field name='VenueRoute' required='N'/></header>
    <messages>
     <message name='NewOrderSingle' msgtype='D' msgcat='app'>
      <field name='Account' required='Y'/><field name='VenueRoute' required='N'/>
      <group name='NoVenueFees' required='N'><field name='VenueFee' required='Y'/></group>
     </message>
     <message name='VenueStatus' msgtype='U1' msgcat='app'><field name='Text' required='Y'/></message>
    </messages>
    <components><component name='Parties'>
     <group name='NoPartyIDs' required='N'><field name='VenueFee' required='N'/></group>
    </component></components>
    <fields>
     <field number='1' name='Account' type='STRING'/><field number='58' name='Text' type='STRING'/>
     <field number='59' name='TimeInForce' type='CHAR'><value enum='z' description='VENUE'/></field>
     <field number='453' name='NoPartyIDs' type='NUMINGROUP'/>
     <field number='9001' name='VenueRoute' type='STRING'/>
     <field number='9002' name='NoVenueFees' type='NUMINGROUP'/>
      <field number='9003' name='VenueFee' type='AMT'/>
    </fields></fix>`;
  const table = extendDictionary(fix44Table, readDictionaryXml(VENUE, 'venue.xml'));

  it('adds and changes fields, values, messages, groups and components', () => {
    const own = new Dictionary(table);
    expect([own.version, own.fieldName(9001), own.messageName('U1')]).toEqual([
      'FIX.4.4',
      'VenueRoute',
      'VenueStatus',
    ]);
    expect([...own.fieldValues(59).keys()]).toEqual([...dictionary.fieldValues(59).keys(), 'z']);
    const order = own.message('D')!;
    expect(order.required).toContain(1);
    expect(order.required).toEqual(expect.arrayContaining([...dictionary.message('D')!.required]));
    expect(order.rules[own.ordinal(9001)]! & SECTION_MASK).toBe(1);
    const group = (countTag: number): GroupDefinition =>
      order.groups.find((candidate) => candidate.countTag === countTag)!;
    expect(group(9002).delimiter).toBe(9003);
    expect(group(453).rules[own.ordinal(9003)]! & SECTION_MASK).not.toBe(0);
    expect(group(453).delimiter).toBe(448);
    for (const type of own.messageTypes()) expect(own.message(type)?.msgType).toBe(type);
  });

  it('of nothing, or of the base itself, changes nothing', () => {
    for (const base of TABLES) {
      expect(
        extendDictionary(base, {
          ...base,
          header: '',
          trailer: '',
          messages: [],
          components: [],
          fields: [],
        }),
      ).toEqual(base);
      expect(extendDictionary(base, base)).toEqual(base);
    }
  });

  it('joins a group where the base has it in a component', () => {
    const file = `<fix major='4' minor='4'><messages>
      <message name='NewOrderSingle' msgtype='D' msgcat='app'>
       <group name='NoPartyIDs' required='N'><field name='VenueFee' required='N'/>
        <group name='NoPartySubIDs' required='N'><field name='VenueFee' required='N'/></group>
       </group>
      </message></messages><fields><field number='453' name='NoPartyIDs' type='NUMINGROUP'/>
      <field number='802' name='NoPartySubIDs' type='NUMINGROUP'/>
      <field number='9003' name='VenueFee' type='AMT'/></fields></fix>`;
    const own = new Dictionary(extendDictionary(fix44Table, readDictionaryXml(file)));
    for (const type of ['D', '8']) {
      const parties = own.message(type)!.groups.filter(({ countTag }) => countTag === 453);
      expect(parties.map(({ delimiter }) => delimiter)).toEqual([448]);
      expect(parties[0]!.rules[own.ordinal(9003)]! & SECTION_MASK).not.toBe(0);
      const subs = parties[0]!.groups.filter(({ countTag }) => countTag === 802);
      expect(subs.map(({ rules }) => rules[own.ordinal(9003)]! & SECTION_MASK)).toEqual([2]);
    }
  });

  it('refuses a name for two tags', () => {
    const overlay = { ...fix44Table, messages: [], components: [], fields: ['9001 Account STRING'] };
    expect(() => extendDictionary(fix44Table, overlay)).toThrow(
      'Account is the name of tag 1 and of tag 9001',
    );
  });

  it('of any part of a version gives the whole again', () => {
    const part = fc.tuple(fc.constantFrom(...TABLES), fc.integer({ min: 2, max: 9 }));
    fc.assert(
      fc.property(part, ([whole, divisor]) => {
        const keep = (line: string): boolean => line.length % divisor !== 0;
        const base = { ...whole, messages: whole.messages.filter(keep), fields: whole.fields.filter(keep) };
        const extended = extendDictionary(base, whole);
        expect(extended.messages.toSorted()).toEqual(whole.messages.toSorted());
        expect(extended.fields.toSorted()).toEqual(whole.fields.toSorted());
        expect(extended.components).toEqual(whole.components);
      }),
      { numRuns: 10 },
    );
  });
});

describe('hostile XML', () => {
  it('is read or refused, never anything else', () => {
    const xml = dictionaryXml(SMALL);
    const damage = fc.array(
      fc.tuple(
        fc.nat(xml.length),
        fc.nat(20),
        fc.string({ unit: fc.constantFrom('<', '>', '/', "'", '&', ';', 'a', ' ', '=', '\0', '!', '-') }),
      ),
      { minLength: 1, maxLength: 4 },
    );
    fc.assert(
      fc.property(damage, (changes) => {
        let text = xml;
        for (const [at, length, put] of changes) text = text.slice(0, at) + put + text.slice(at + length);
        try {
          const own = new Dictionary(readDictionaryXml(text, 'venue.xml'));
          for (const type of own.messageTypes()) own.message(type);
        } catch (error) {
          expect(error).toBeInstanceOf(DictionaryError);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('dictionary', () => {
  it('knows fields and messages by name', () => {
    expect(dictionary.beginString).toBe('FIX.4.4');
    expect([dictionary.fieldName(11), dictionary.fieldType(44), dictionary.tagOf('Side')]).toEqual([
      'ClOrdID',
      'PRICE',
      54,
    ]);
    expect(dictionary.fieldValues(54).get('1')).toBe('BUY');
    expect([dictionary.fieldName(9999), dictionary.fieldType(0), dictionary.tagOf('Nothing')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect([
      dictionary.isDefined('D'),
      dictionary.isDefined('ZZ'),
      dictionary.isAdmin('A'),
      dictionary.isAdmin('D'),
    ]).toEqual([true, false, true, false]);
    expect([dictionary.messageName('8'), dictionary.messageName('ZZ')]).toEqual([
      'ExecutionReport',
      undefined,
    ]);
    expect([...dictionary.messageTypes()]).toHaveLength(93);
  });

  it('links data fields to their length fields', () => {
    const links = [96, 213, 89, 355, 91].map((tag) => dictionary.lengthTags[tag]);
    expect(links).toEqual([95, 212, 93, 354, 90]);
  });

  it('compiles every message, groups with their delimiters', () => {
    for (const type of dictionary.messageTypes()) expect(dictionary.message(type)?.msgType).toBe(type);
    const list = dictionary.message('E')!;
    const orders = list.groups.find((group) => group.countTag === 73)!;
    expect([orders.delimiter, orders.required]).toEqual([11, [11, 67, 54]]);
    expect(orders.groups.find((group) => group.countTag === 453)?.delimiter).toBe(448);
    expect(dictionary.message('ZZ')).toBeUndefined();
  });

  it('finds message types by their bytes', () => {
    for (const type of ['D', 'AE', 'ZZ', '', 'VeryLongType']) {
      const bytes = Uint8Array.from(`35=${type}`, (character) => character.charCodeAt(0));
      expect(dictionary.messageAt(bytes, 3, bytes.length)).toBe(dictionary.message(type));
    }
  });

  it('refuses a table that contradicts itself', () => {
    const broken =
      (change: Partial<DictionaryTable>): (() => void) =>
      () => {
        const own = new Dictionary({ ...SMALL, ...change });
        for (const type of own.messageTypes()) own.message(type);
      };
    expect(broken({ fields: [...SMALL.fields, '58 Text STRING'] })).toThrow('defined twice');
    expect(broken({ fields: [...SMALL.fields, '1000000 Big STRING'] })).toThrow('1000000');
    expect(broken({ messages: ['0 Heartbeat admin @Nothing'] })).toThrow('component Nothing');
    expect(broken({ components: ['Parties @Parties'] })).toThrow('in a circle');
    expect(broken({ components: ['Parties 453()'] })).toThrow('no fields');
    expect(broken({ messages: ['0 Heartbeat other 1'] })).toThrow('not a message');
  });

  it('takes CHAR for text before FIX 4.2', () => {
    const checks = (minor: number): number =>
      new Dictionary({ ...SMALL, minor, fields: ['447 X CHAR'] }).checks[1]!;
    expect(checks(1)).toBe(0);
    expect(checks(2)).not.toBe(0);
  });
});
