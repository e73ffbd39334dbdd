import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { emulatorFolder } from './build.mjs';
import { libraryOf, outline, play, programOf } from './workbench.ts';

const market = `
pace manual
security "IBM US Equity" price 188.40 rate 1 eid 14005
security "EURUSD BGN Curncy" price 1.08500 decimals 5 rate 1 eid 14014
security "OLD US Equity" price 1 bad
`;
const ready = (uri: string): string => `start\ntake 2\nopen ${uri}\ntake 1`;
const refdata = ready('//blp/refdata');

describe('reference and historical data', () => {
  it('answers what it knows and names what it does not', () => {
    const [answer = ''] = play(
      market,
      `${refdata}\nrequest //blp/refdata|ReferenceDataRequest|50|securities=IBM US Equity|\
securities=OLD US Equity|fields=PX_LAST|fields=NAME|fields=NOPE|fields=DVD_HIST|returnEids=1
take 1`,
    ).slice(3);
    expect(answer).toMatch(/^RESPONSE ReferenceDataResponse #50 /);
    expect(answer).toMatch(
      /security = "IBM US Equity" eidData\[\] = \{ 14005 \}.*PX_LAST = 188.4 NAME = "IBM/,
    );
    expect(answer).toMatch(/fieldId = "NOPE" errorInfo = \{ .*category = "BAD_FLD"/);
    expect(answer).toMatch(
      /DVD_HIST\[\] = \{ DVD_HIST = \{ Declared Date = 2025-10-06 Dividend Amount = 0.25/,
    );
    expect(answer).toMatch(/security = "OLD US Equity" .*securityError = \{ .*category = "BAD_SEC"/);
  });

  it('answers many securities in parts and formats values when asked', () => {
    const many = Array.from({ length: 25 }, (_, index) => `securities=S${index} US Equity`).join('|');
    const lines = play(
      market,
      `${refdata}\nrequest //blp/refdata|ReferenceDataRequest|50|${many}|fields=PX_LAST|\
returnFormattedValue=1\ntake 3`,
    ).slice(3);
    expect(outline(lines)).toEqual([
      'PARTIAL ReferenceDataResponse #50',
      'PARTIAL ReferenceDataResponse #50',
      'RESPONSE ReferenceDataResponse #50',
    ]);
    expect(lines[0]).toContain('PX_LAST = "100"');
    expect(lines[2]).toContain('sequenceNumber = 24');
  });

  it('gives one part for each security of a history, on business days', () => {
    const lines = play(
      market,
      `${refdata}\nrequest //blp/refdata|HistoricalDataRequest|51|securities=IBM US Equity|\
securities=EURUSD BGN Curncy|fields=PX_LAST|fields=NAME|startDate=20251226|endDate=20251231
request //blp/refdata|HistoricalDataRequest|52|securities=IBM US Equity|fields=PX_LAST|startDate=soon
take 3`,
    ).slice(3);
    expect(outline(lines)).toEqual([
      'PARTIAL HistoricalDataResponse #51',
      'RESPONSE HistoricalDataResponse #51',
      'RESPONSE HistoricalDataResponse #52',
    ]);
    expect([...(lines[0] ?? '').matchAll(/ date = (\S+)/g)].map((found) => found[1])).toEqual([
      '2025-12-26',
      '2025-12-29',
      '2025-12-30',
      '2025-12-31',
    ]);
    expect(lines[0]).toMatch(/fieldExceptions = \{ fieldId = "NAME"/);
    expect(lines[2]).toContain('category = "BAD_ARGS"');
  });

  it('pages bars and ticks', () => {
    const span = 'startDateTime=2026-01-02T09:00|endDateTime=2026-01-02T09:30';
    const lines = play(
      `${market}\npage 12`,
      `${refdata}\nrequest //blp/refdata|IntradayBarRequest|60|security=IBM US Equity|eventType=TRADE|\
interval=1|${span}
take 3
request //blp/refdata|IntradayTickRequest|61|security=IBM US Equity|eventTypes=TRADE|eventTypes=BID|\
maxDataPoints=3|${span}
take 1`,
    ).slice(3);
    const bars = lines.slice(0, 3).map((line) => line.match(/numEvents/g)?.length);
    expect(outline(lines).map((line) => line.split(' ')[0])).toEqual([
      'PARTIAL',
      'PARTIAL',
      'RESPONSE',
      'RESPONSE',
    ]);
    expect(bars).toEqual([12, 12, 6]);
    expect([...(lines[3] ?? '').matchAll(/type = "(\w+)"/g)].map((found) => found[1])).toEqual([
      'TRADE',
      'BID',
      'TRADE',
    ]);
  });
});

describe('requests', () => {
  it('are checked against the schema before they are sent', () => {
    const lines = play(
      market,
      `${refdata}\nrequest //blp/refdata|NoSuchRequest|1
request //blp/refdata|ReferenceDataRequest|2|securities=IBM US Equity|nope=1
request //blp/refdata|IntradayBarRequest|3|eventType=LUNCH
request //blp/nowhere|ReferenceDataRequest|4
alive`,
    ).slice(3);
    expect(lines).toEqual([
      "createRequest failed 0x6000d Operation 'NoSuchRequest' not found in service '//blp/refdata'.",
      "nope failed 0x6000d Sub-element 'nope' does not exist.",
      "sendRequest failed 0x20002 Request 'ReferenceDataRequest' has no element 'fields'.",
      "eventType failed 0x6000d 'LUNCH' is not a constant of element 'eventType'.",
      "sendRequest failed 0x20002 Request 'IntradayBarRequest' has no element 'security'.",
      "createRequest failed 0x60010 Service '//blp/nowhere' not found.",
      'alive 1 0 0 0',
    ]);
  });

  const ask = (id: number): string =>
    `request //blp/refdata|ReferenceDataRequest|${id}|securities=IBM US Equity|fields=PX_LAST`;

  it('end when cancelled, lost with the connection, refused or timed out', () => {
    const cancelled = play(
      `${market}\nlatency request 1s`,
      `${refdata}\n${ask(1)}\n${ask(1)}\ncancel 1\n${ask(1)}\ntake 1\nwait 5000`,
    );
    expect(outline(cancelled.slice(3))).toEqual([
      'sendRequest failed 0x20005 Duplicate correlation id.',
      'RESPONSE ReferenceDataResponse #1',
      'TIMEOUT',
    ]);
    const lost = play(
      `${market}\nlatency request 5s`,
      `option restart 1\n${refdata}\n${ask(1)}
apply connection down for 1s\ntake 3\nwait 9000`,
    );
    expect(outline(lost.slice(3))).toEqual([
      'SESSION SessionConnectionDown',
      'REQUEST RequestFailure #1',
      'SESSION SessionConnectionUp',
      'TIMEOUT',
    ]);
    const limited = play(`${market}\nlimit requests 1`, `${refdata}\n${ask(1)}\n${ask(2)}\ntake 2`);
    expect(limited[4]).toMatch(/^RESPONSE ReferenceDataResponse #2 .*responseError.*category = "LIMIT"/);
    const timed = play(`${market}\nrequest timeout *`, `${refdata}\n${ask(1)}\ntake 1`);
    expect(timed[3]).toMatch(/^REQUEST RequestFailure #1 .*category = "TIMEOUT"/);
    const pending = play(
      `${market}\nlatency request 1s`,
      `option pending 1\n${refdata}\n${ask(1)}\n${ask(2)}`,
    );
    expect(pending[3]).toBe('sendRequest failed 0x10009 Too many pending requests.');
  });

  it('find securities and fields', () => {
    const [found = '', info = '', search = '', categories = ''] = play(
      market,
      `${ready('//blp/instruments')}
request //blp/instruments|instrumentListRequest|1|query=ibm|yellowKeyFilter=YK_FILTER_EQTY|maxResults=5
open //blp/apiflds
until ServiceOpened
request //blp/apiflds|FieldInfoRequest|2|id=PX_LAST|id=NOPE
request //blp/apiflds|FieldSearchRequest|3|searchSpec=volume
request //blp/apiflds|CategorizedFieldSearchRequest|4|searchSpec=price
take 3`,
    ).filter((line) => line.startsWith('RESPONSE'));
    expect(found).toContain('security = "IBM US<equity>"');
    expect(found.match(/results = /g)).toHaveLength(1);
    expect(info).toMatch(/mnemonic = "PX_LAST" .*datatype = "Double".*id = "NOPE" fieldError/);
    expect(search.match(/mnemonic = "(PX_)?VOLUME"/g)).toHaveLength(2);
    expect(categories).toMatch(/categoryName = "Market Activity\/Last" numFields = \d/);
  });
});

describe('identities', () => {
  const auth = `option auth AuthenticationMode=APPLICATION_ONLY\n${ready('//blp/apiauth')}`;

  it('are authorised by token, hold entitlements and lose them', () => {
    const lines = play(
      `${market}\nentitled 14005\nseat nonbps`,
      `${auth}\ntoken 4\ntake 1
authorize //blp/apiauth|AuthorizationRequest|60|token=guessed\ntake 1\nidentity 14005
authorize //blp/apiauth|AuthorizationRequest|61|token=$token\ntake 1\nidentity 14005\nidentity 14014
subscribe-as 1 IBM US Equity?fields=BID\ntake 1\napply revoke\nuntil AuthorizationRevoked\nidentity 14005
subscribe-as 2 IBM US Equity?fields=BID\nuntil SubscriptionFailure`,
    ).slice(3);
    expect(outline(lines).filter((line) => !line.startsWith('DATA'))).toEqual([
      'TOKEN TokenGenerationSuccess #4',
      'RESPONSE AuthorizationFailure #60',
      'identity authorized 0 seat -1 eid 14005 entitled 0',
      'RESPONSE AuthorizationSuccess #61',
      'identity authorized 1 seat 1 eid 14005 entitled 1',
      'identity authorized 1 seat 1 eid 14014 entitled 0',
      'SUBSCRIPTION SubscriptionStarted #1',
      'SUBSCRIPTION SubscriptionStreamsActivated #1',
      'AUTHORIZATION AuthorizationRevoked',
      'identity authorized 0 seat -1 eid 14005 entitled 0',
      'SUBSCRIPTION SubscriptionFailure #2',
    ]);
  });

  it('get no token when the scenario, or nobody, says who they are', () => {
    expect(outline(play(`${market}\ntoken fail`, `${auth}\ntoken 4\ntake 1`)).at(-1)).toBe(
      'TOKEN TokenGenerationFailure #4',
    );
    expect(outline(play(market, 'start\ntake 2\ntoken 4\ntake 1')).at(-1)).toBe(
      'TOKEN TokenGenerationFailure #4',
    );
  });
});

describe('a port that is really asked', () => {
  const scenario = join(emulatorFolder, 'scenarios', 'refused.scenario');

  /** Not `play`: the servers of this process must be able to answer meanwhile. */
  async function startAt(port: number): Promise<string> {
    const environment = { BLPAPI_EMULATOR_SCENARIO: scenario };
    const child = spawn(programOf('trace'), [libraryOf('newer')], { env: environment });
    child.stdin.end(`option port ${port}\noption timeout 100\nstart\ntake 1\n`);
    let text = '';
    for await (const chunk of child.stdout) text += String(chunk);
    return text;
  }

  async function withServer(onConnection: (socket: Socket) => void): Promise<string> {
    const server = createServer(onConnection).listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      return await startAt((server.address() as AddressInfo).port);
    } finally {
      server.close();
    }
  }

  it('is refused, closed or silent, each with its own code', async () => {
    expect(await startAt(1)).toMatch(/IO_ERROR" errorCode = 9 description = "Connection failed"/);
    expect(await withServer((socket) => socket.destroy())).toContain('errorCode = 10');
    const sockets: Socket[] = [];
    expect(await withServer((socket) => sockets.push(socket))).toContain('errorCode = 3');
    for (const socket of sockets) socket.destroy();
  });
});
