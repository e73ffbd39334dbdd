import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { emulatorFolder } from './build.mjs';
import { libraryOf, outline, play, programOf, run } from './workbench.ts';

const market = `
pace manual
security "EURUSD BGN Curncy" price 1.08500 decimals 5 spread 0.0001 volatility 0.0001 rate 10 eid 14014
security "IBM US Equity" price 188.40 rate 10 eid 14005
security "VOD LN Equity" price 67.84 rate 10 eid 14003 delayed
security "OLD US Equity" price 1 bad
`;
const start = 'start\ntake 2';

describe('the build', () => {
  const build = (path: string | undefined, ...words: string[]) =>
    spawnSync(process.execPath, [join(emulatorFolder, 'build.mjs'), ...words], {
      env: { PATH: path },
      encoding: 'utf8',
    });

  it('says so when there is no compiler, and fails only where it must not be missing', () => {
    const refused = build('/nonexistent', '--force');
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain('no compiler');
    expect(build('/nonexistent', '--force', '--if-possible').status).toBe(0);
  });

  it('does nothing when the library is newer than its sources', () => {
    const before = statSync(libraryOf('newer')).mtimeMs;
    expect(statSync(libraryOf('newer')).mtimeMs).toBe(before);
  });

  it('leaves the newer symbols out of the 3.8 profile', () => {
    const symbol = 'blpapi_AuthOptions_create_forAppMode';
    expect(readFileSync(libraryOf('newer')).includes(symbol)).toBe(true);
    expect(readFileSync(libraryOf('3.8')).includes(symbol)).toBe(false);
  });
});

describe('the recorded answers of the genuine library', () => {
  const refused = join(emulatorFolder, 'scenarios', 'refused.scenario');
  const genuine = process.env['BLPAPI_LIB'];
  const libraries = [
    ['emulator', () => libraryOf('newer')],
    ['emulator of 3.8', () => libraryOf('3.8')],
    ...(genuine === undefined ? [] : [['genuine', () => genuine] as const]),
  ] as const;

  it.each(libraries)('are those of the %s', (_, library) => {
    const answers = run(programOf('conformance'), [library()], '', refused);
    expect(answers.lines.filter((line) => !line.startsWith('ok '))).toEqual(['1..159']);
    expect(answers.status).toBe(0);
  });
});

describe('a healthy session', () => {
  const script = `${start}\nopen //blp/mktdata\ntake 1\nsubscribe 1 IBM US Equity?fields=BID,ASK\ntake 5
unsubscribe 1\nuntil SubscriptionTerminated\nstop\nuntil SessionTerminated\nwait 100\nalive`;

  it('shows its events in the order of the genuine library', () => {
    const lines = play(market, script);
    expect(outline(lines)).toEqual([
      'SESSION SessionConnectionUp',
      'SESSION SessionStarted',
      'SERVICE ServiceOpened #900',
      'SUBSCRIPTION SubscriptionStarted #1',
      'SUBSCRIPTION SubscriptionStreamsActivated #1',
      'DATA MarketDataEvents #1',
      'DATA MarketDataEvents #1',
      'DATA MarketDataEvents #1',
      'SUBSCRIPTION SubscriptionTerminated #1',
      'SESSION SessionConnectionDown',
      'SESSION SessionTerminated',
      'TIMEOUT',
      'alive 1 0 0 0',
    ]);
    expect(lines[5]).toMatch(/MKTDATA_EVENT_TYPE = SUMMARY MKTDATA_EVENT_SUBTYPE = INITPAINT BID = 188.39/);
    expect(lines[6]).toMatch(/MKTDATA_EVENT_TYPE = (QUOTE|TRADE) .* EID = 14005 IS_DELAYED_STREAM = false/);
  });

  it('has no stream messages in the 3.8 profile', () => {
    const lines = outline(play(market, script, '3.8'));
    expect(lines.filter((line) => line.includes('Streams'))).toEqual([]);
    expect(lines).toContain('SUBSCRIPTION SubscriptionStarted #1');
  });

  it('is the same again from the same seed, and another from another', () => {
    const ticks = `${start}\nsubscribe 1 EURUSD BGN Curncy?fields=BID\ntake 500`;
    const first = play(`seed 5\n${market}`, ticks);
    expect(first).toHaveLength(502);
    expect(play(`seed 5\n${market}`, ticks)).toEqual(first);
    expect(play(`seed 6\n${market}`, ticks)).not.toEqual(first);
  });
});

describe('the built-in market', () => {
  const value = (line: string, name: string): number =>
    Number(new RegExp(` ${name} = (\\S+)`).exec(line)?.[1]);

  it('is pulled back to where it starts', () => {
    const script = `${start}\nsubscribe 1 EURUSD BGN Curncy?fields=BID\ntake 20000`;
    const bids = play('include builtin\npace manual', script)
      .map((line) => value(line, 'BID'))
      .filter(Number.isFinite);
    expect(bids.length).toBeGreaterThan(19_000);
    expect(new Set(bids).size).toBeGreaterThan(20);
    // A walk of this step leaves this range within the hour when nothing pulls it back.
    expect(Math.max(...bids.map((bid) => Math.abs(bid - 1.085)))).toBeLessThan(0.002);
  });

  it('has a day behind it, whose high and low hold or widen', () => {
    const script = `${start}\nsubscribe 1 %?fields=BID,HIGH,LOW&interval=1\ntake 300`;
    const ranges = (scenario: string, security: string): number[] =>
      play(`${scenario}\npace manual`, script.replace('%', security))
        .map((line) => value(line, 'HIGH') - value(line, 'LOW'))
        .filter(Number.isFinite);
    const calm = ranges('include builtin', 'EURUSD BGN Curncy');
    expect(calm.length).toBeGreaterThan(200);
    for (const range of calm) expect(range).toBeCloseTo(0.00543, 6);
    const wild = ranges('security "W Curncy" price 1 decimals 5 volatility 0.001 rate 10', 'W Curncy');
    expect(wild[0]).toBe(0);
    expect(wild.at(-1)).toBeGreaterThan(0.003);
  });
});

describe('subscriptions', () => {
  it('are refused one by one, each with its reason', () => {
    const scenario = `${market}\nunknown refuse\nentitled 14005 14003\nlimit subscriptions 2
service unavailable //blp/mktvwap`;
    const lines = play(
      scenario,
      `${start}
subscribe 1 OLD US Equity?fields=BID
subscribe 2 NONE US Equity?fields=BID
subscribe 3 EURUSD BGN Curncy?fields=BID
subscribe 4 IBM US Equity?fields=NOPE,NEITHER
subscribe 5 IBM US Equity?fields=BID,NOPE
subscribe 6 //blp/mktvwap/ticker/IBM US Equity?fields=VWAP
subscribe 7 VOD LN Equity?fields=BID
subscribe 8 VOD LN Equity?fields=BID
subscribe 5 IBM US Equity?fields=BID
subscribe 9 //blp
take 12`,
    ).slice(2);
    const category = (id: number) =>
      lines
        .find((line) => line.startsWith(`SUBSCRIPTION SubscriptionFailure #${id} `))
        ?.match(/category = "(\w+)"/)?.[1];
    expect([1, 2, 3, 4, 6, 8].map(category)).toEqual([
      'BAD_SEC',
      'BAD_SEC',
      'NO_AUTH',
      'BAD_FLD',
      'NO_SERVICE',
      'LIMIT',
    ]);
    expect(lines).toContain('subscribe failed 0x20005 Duplicate correlation id.');
    expect(lines).toContainEqual(expect.stringMatching(/^subscribe failed 0x20002 Invalid service/));
    expect(lines).toContainEqual(expect.stringMatching(/SubscriptionStarted #5 .*fieldId = "NOPE".*BAD_FLD/));
    expect(lines).toContainEqual(expect.stringMatching(/SubscriptionStarted #7 .*delayed data stream/));
    expect(lines).toContainEqual(expect.stringMatching(/MarketDataEvents #7 .*IS_DELAYED_STREAM = true/));
  });

  it('can ask for intervals and bars, and change their fields', () => {
    const lines = play(
      market,
      `${start}
subscribe 1 IBM US Equity?fields=BID&interval=2
take 6
resubscribe 1 IBM US Equity?fields=ASK
resubscribe 9 IBM US Equity?fields=ASK
take 4
subscribe 2 //blp/mktbar/ticker/EURUSD BGN Curncy?fields=LAST_PRICE&bar_size=1
until MarketBarStart
until MarketBarUpdate
until MarketBarEnd`,
    );
    const stamps = lines.slice(5, 8).map((line) => Date.parse(/STAMP_RT = (\S+)/.exec(line)?.[1] ?? ''));
    expect((stamps[2] ?? 0) - (stamps[1] ?? 0)).toBeGreaterThanOrEqual(2000);
    expect(lines[6]).toContain('MKTDATA_EVENT_SUBTYPE = INTERVAL');
    expect(lines).toContain('resubscribe failed 0x6000f Correlation id not found.');
    expect(lines.at(-2)).toMatch(/^DATA MarketBarEnd #2 .*NUMBER_OF_TICKS = \d{3}/);
  });

  it('come with an image in fragments when the scenario says so', () => {
    const lines = play(`${market}\nfragments 3`, `${start}\nsubscribe 1 IBM US Equity?fields=BID\ntake 3`);
    expect(outline(lines).slice(4)).toEqual([
      'DATA MarketDataEvents #1 fragment 1',
      'DATA MarketDataEvents #1 fragment 2',
      'DATA MarketDataEvents #1 fragment 3',
    ]);
  });
});

describe('bad days', () => {
  const subscribed = `${start}\nsubscribe 1 IBM US Equity?fields=BID\ntake 3`;

  it('the connection comes back and the streams with it', () => {
    const scenario = `${market}\nat 1s connection down for 2s`;
    const script = `option restart 1\n${subscribed}\nuntil SessionConnectionUp\ntake 3`;
    const newer = outline(play(scenario, script));
    expect(newer.slice(newer.indexOf('SESSION SessionConnectionDown'))).toEqual([
      'SESSION SessionConnectionDown',
      'SUBSCRIPTION SubscriptionStreamsDeactivated #1',
      'SESSION SessionConnectionUp',
      'SUBSCRIPTION SubscriptionStreamsActivated #1',
      'DATA MarketDataEvents #1',
      'DATA MarketDataEvents #1',
    ]);
    const older = outline(play(scenario, script, '3.8'));
    expect(older.slice(older.indexOf('SESSION SessionConnectionDown')).slice(0, 3)).toEqual([
      'SESSION SessionConnectionDown',
      'SESSION SessionConnectionUp',
      'DATA MarketDataEvents #1',
    ]);
  });

  it('a session without restart dies at any event, frees all, and the next one lives', () => {
    for (let index = 1; index <= 12; index++) {
      const lines = play(
        `${market}\nat event ${index} connection down`,
        `start\nsubscribe 1 IBM US Equity?fields=BID\ntake 2\nsubscribe 2 IBM US Equity?fields=BID
until SessionTerminated\nwait 500\nsubscribe 3 IBM US Equity\ndestroy\nalive\n${start}`,
      );
      const died = outline(lines).indexOf('SESSION SessionTerminated');
      expect(outline(lines).slice(died)).toEqual([
        'SESSION SessionTerminated',
        'TIMEOUT',
        'subscribe failed 0x10009 Session Not Started',
        'alive 0 0 0 0',
        'SESSION SessionConnectionUp',
        'SESSION SessionStarted',
      ]);
    }
  });

  it('a slow reader is warned, loses data within the limit, and is told before anything else', () => {
    const lines = outline(
      play(
        `${market}\nbatch 1\nat event 6 burst 500`,
        `option queue 20\n${subscribed}\ntake 1\nuntil DataLoss\ntake 2`,
      ),
    );
    const warned = lines.indexOf('ADMIN SlowConsumerWarning');
    const lost = lines.indexOf('ADMIN DataLoss #1');
    expect(warned).toBeGreaterThan(0);
    expect(lost - warned).toBeLessThan(25);
    expect(lines).toContain('ADMIN SlowConsumerWarningCleared');
    expect(lines.slice(lost)).toHaveLength(3);
  });

  it('services go down, streams end, tokens and starts fail as told', () => {
    const lines = play(
      `${market}\nstartup fail 9 session 2\nlatency reconnect 5s`,
      `${subscribed}\napply service down //blp/mktdata for 1s\nuntil ServiceUp\nuntil MarketDataEvents
apply end "IBM US Equity" category EXPIRED\nuntil SubscriptionTerminated\napply nonsense\ndestroy
option attempts 3\nstart\ntake 1\nstart\nwait 100`,
    );
    expect(lines).toContainEqual(expect.stringMatching(/SubscriptionTerminated #1 .*category = "EXPIRED"/));
    expect(lines).toContain("apply failed 0x20002 Not a command: 'nonsense'");
    expect(lines.filter((line) => line.includes('ERROR connection.c'))).toHaveLength(3);
    expect(lines).toContainEqual(expect.stringMatching(/SessionStartupFailure .*IO_ERROR" errorCode = 9/));
    expect(lines).toContain('startAsync failed 0x10009 Session is starting or started');
  });

  it('a scenario that is not understood starts no session and says which line it was', () => {
    const lines = play('pace manual\nsecurity "X" prize 4', 'start\ntake 1');
    expect(lines[0]).toMatch(/SessionStartupFailure .*Scenario line 2 is not understood: security/);
  });
});
