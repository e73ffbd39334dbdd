import { describe, expect, it } from 'vitest';
import { Dictionary } from './dictionary.ts';
import { fix44Table } from './fix44.ts';
import { loadFix44 } from './load.ts';
import { DictionaryError, formatMembers, parseMembers } from './table.ts';
import type { DictionaryTable } from './table.ts';
import { MsgType, Tag } from './tags44.ts';
import { dictionaryXml, readDictionaryXml } from './xml.ts';

const dictionary = loadFix44();
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
      ['<a/>', 'root element is <a>'],
      ['<fix major="4" minor="4"><messages><message name="X"/></messages></fix>', 'without msgcat'],
      ['<fix major="4" minor="4"><header><field name="Text"/></header></fix>', 'used and not defined'],
      ['<fix major="4" minor="x"/>', 'not a number'],
      ['<fix a=b/>', 'line 1'],
      [
        '<fix major="4" minor="4"><fields><field number="1" name="a b" type="INT"/></fields></fix>',
        'not a name',
      ],
      [`<fix>${'<a>'.repeat(40)}`, 'too deep'],
    ];
    for (const [xml, reason] of wrong) {
      expect(() => readDictionaryXml(xml)).toThrow(DictionaryError);
      expect(() => readDictionaryXml(xml)).toThrow(reason);
    }
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
