/** docs/fix/providers.md says what the code says: switches, their defaults, examples, fields and events. */
import { readFileSync } from 'node:fs';
import { CASE_KINDS } from '@tidegate/core/order/case';
import { LENIENT, type ValidatorSwitches } from '@tidegate/fix/codec/validator';
import { loadDictionary } from '@tidegate/fix/dictionary/load';
import { Tag } from '@tidegate/fix/dictionary/tags44';
import { venueDictionary, venueDocument, venueValidation } from '@tidegate/wire/configuration';
import { systemEventKinds } from '@tidegate/wire/monitoring';
import { describe, expect, it } from 'vitest';
import { readingOf } from './venue.dictionary.ts';

const document = readFileSync(new URL('../../../../docs/fix/providers.md', import.meta.url), 'utf8');
const dictionary = loadDictionary('FIX.4.4');
const tags = Tag as Readonly<Record<string, number>>;

const venue = {
  id: 'alpha',
  name: 'Alpha',
  enabled: true,
  senderCompId: 'T',
  targetCompId: 'A',
  quotes: { hosts: [{ host: 'h', port: 1 }], senderCompId: 'T-MD' },
  orders: { hosts: [{ host: 'h', port: 1 }], senderCompId: 'T-OE' },
  staleAfterMs: 1_000,
  routeTimeoutMs: 1_000,
};

describe('docs/fix/providers.md', () => {
  it('lists every switch with its default, and no other', () => {
    const listed = [...document.matchAll(/^\| `(\w+)` \| (\w+) \| (true|false) \|/gm)];
    expect(listed.map((match) => match[1]).sort()).toEqual(Object.keys(venueValidation.shape).sort());
    const defaults: ValidatorSwitches = { rejectInvalidMessage: true, ...LENIENT };
    expect(Object.fromEntries(listed.map(([, name, , value]) => [name, value === 'true']))).toEqual(defaults);
    for (const [, name, known] of listed)
      if (known !== 'none') expect(known!.toLowerCase()).toBe(name!.toLowerCase());
  });

  it('lists the terms of the document that are about reading, and no other', () => {
    const from = document.indexOf('| Term | Meaning |');
    const listed = [...document.slice(from).matchAll(/^\| `(\w+)` \|/gm)].map((match) => match[1]!);
    expect(listed.sort()).toEqual(['dictionary', 'massStatus', 'validation']);
    for (const term of listed) expect(venueDocument.shape).toHaveProperty(term);
    for (const key of Object.keys(venueDictionary.shape)) expect(document).toContain(`\`${key}\``);
  });

  it('lists every kind of case with its sentence, and no other', () => {
    const listed = [...document.matchAll(/^\| `([A-Z_]+)` \| (.+) \|$/gm)].map((match) => match.slice(1, 3));
    expect(Object.fromEntries(listed)).toEqual(CASE_KINDS);
  });

  it('has examples that are documents, and the one in line a dictionary', () => {
    const examples = [...document.matchAll(/```json\n([^`]+)```/g)].map(
      (match) => JSON.parse(match[1]!) as object,
    );
    const read = examples.map((terms) => venueDocument.parse({ ...venue, ...terms }));
    expect(read).toHaveLength(2);
    expect(read[0]!.validation).toMatchObject({ validateUserDefinedFields: true });
    const { dictionary: own, validation } = readingOf({ ...read[1]!, validation: { checkRequired: true } });
    expect(own!.fieldName(9730)).toBe('TrdLiq');
    expect(validation).toEqual({ ...LENIENT, checkRequired: true });
  });

  it('names fields as the standard does, and events that there are', () => {
    const named = [...document.matchAll(/\b([A-Z][A-Za-z0-9]+)\((\d+)\)/g)];
    expect(named.length).toBeGreaterThan(10);
    // A message by its type, or a field by its tag.
    for (const [, name, number] of named)
      if (dictionary.messageName(number!) !== name)
        expect([name, tags[name!]]).toEqual([name, Number(number)]);
    const events = [...document.matchAll(/tell `(\w+)`/g)].map((match) => match[1]!);
    expect(events.length).toBeGreaterThan(3);
    for (const event of events) expect(systemEventKinds).toContain(event);
  });
});

describe("a venue's own dictionary", () => {
  const read = (dictionary: object) => () => readingOf(venueDocument.parse({ ...venue, dictionary }));

  it('is a file or text, not both and not neither', () => {
    for (const wrong of [{}, { file: 'a', xml: 'b' }, { isWhole: true }])
      expect(read(wrong)).toThrow('either file or xml');
  });

  it('that is no good is refused with its place', () => {
    expect(read({ xml: '<fix' })).toThrow('dictionary of alpha');
    expect(read({ file: '/nowhere/alpha.xml' })).toThrow('/nowhere/alpha.xml');
  });
});
