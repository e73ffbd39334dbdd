/** Log lines: their form, secrets that never show, texts that can not forge a line. */
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { limitedReport, openLog, readableLine, type Log, type LogOptions } from './log.ts';
import { redactText } from './redaction.ts';
import { until } from '../testing/until.ts';

/** A parsed line, with what these tests look at. */
interface Entry {
  readonly time: string;
  readonly message: string;
  readonly err: { readonly stack: string };
}

function captured(options: Partial<LogOptions> = {}): {
  log: Log;
  lines: string[];
  entry(): Entry;
} {
  const lines: string[] = [];
  const { log } = openLog({
    level: 'trace',
    format: 'json',
    ...options,
    write: (line) => void lines.push(line),
  });
  return { log, lines, entry: () => JSON.parse(lines.at(-1)!) as Entry };
}

describe('log lines', () => {
  it('are one JSON object with time, level, message, fields of the process and fields of the event', () => {
    const { log, entry, lines } = captured({ fields: { instance: 'desk-1' } });
    log
      .child({ service: 'oms' })
      .info({ orders: 3, at: new Date(0), size: 5n, bytes: new Uint8Array(3) }, 'ready');
    expect(entry()).toMatchObject({
      level: 'info',
      message: 'ready',
      instance: 'desk-1',
      service: 'oms',
      orders: 3,
      size: '5',
      at: '1970-01-01T00:00:00.000Z',
      bytes: '[3 bytes]',
    });
    expect(entry().time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(lines[0]!.endsWith('}\n')).toBe(true);
  });

  it('hold an error with code, cause and stack', () => {
    const { log, entry } = captured();
    const error = Object.assign(new Error('outer', { cause: new Error('inner') }), {
      code: 'JOURNAL_FENCED',
    });
    log.error({ err: error }, 'append failed');
    expect(entry().err).toMatchObject({
      type: 'Error',
      message: 'outer',
      code: 'JOURNAL_FENCED',
      cause: { message: 'inner' },
    });
    expect(entry().err.stack).toContain('log.test.ts');
    log.error(error);
    expect(entry()).toMatchObject({ message: 'outer', err: { code: 'JOURNAL_FENCED' } });
  });

  it('leave out what is below the level', () => {
    const { log, lines } = captured({ level: 'warn' });
    log.info('no');
    log.warn('yes');
    expect(lines).toHaveLength(1);
  });

  it('bound depth, length and cycles', () => {
    const { log, lines } = captured();
    const cycle: Record<string, unknown> = {
      text: 'x'.repeat(100_000),
      list: Array.from({ length: 1_000 }, (_, n) => n),
    };
    cycle.self = cycle;
    log.info({ cycle }, 'large');
    expect(lines[0]!.length).toBeLessThan(400_000);
    expect(() => JSON.parse(lines[0]!)).not.toThrow();
  });
});

describe('secrets', () => {
  it('are hidden by the name of their field, at any depth and in child loggers', () => {
    const { log, lines } = captured();
    const secret = 'hunter2';
    log.info(
      {
        password: secret,
        user: { New_Password: secret, headers: { Authorization: secret, 'set-cookie': [secret] } },
        fields: { 554: secret, '925': secret, 96: secret },
        list: [{ token: secret }],
        databaseUrl: secret,
      },
      'x',
    );
    log.child({ token: secret }).child({ api_key: secret }).info({ cookie: secret }, 'y');
    log.error(Object.assign(new Error('z'), { password: secret }));
    expect(lines.join('')).not.toContain(secret);
    expect(JSON.parse(lines[0]!)).toMatchObject({ password: '[redacted]', fields: { 554: '[redacted]' } });
  });

  it('are hidden in FIX messages, wherever they are written and with any separator', () => {
    const { log, lines, entry } = captured();
    const soh = '\x01';
    const logon =
      ['35=A', '553=desk', '554=hunter2 "\\ \n', '925=hunter2', '1137=9', '10=000'].join(soh) + soh;
    log.info({ raw: logon }, logon);
    log.error(new Error(logon));
    log.info(logon.replaceAll(soh, '|'));
    log.info(logon.replaceAll(soh, '^'));
    expect(lines.join('')).not.toContain('hunter2');
    for (const line of lines) expect(() => JSON.parse(line)).not.toThrow();
    expect(JSON.parse(lines[0]!).raw).toBe(
      ['35=A', '553=desk', '554=[redacted]', '925=[redacted]', '1137=9', '10=000'].join(soh) + soh,
    );
    log.info('1554=7|35=D|44=1.96=|');
    expect(entry().message).toContain('1554=7|35=D');
  });

  it('are hidden in raw data even when that holds separators', () => {
    const { log, entry } = captured();
    log.info('35=A\x0195=14\x0196=hun"\x01ter2=\x01xyz\x0198=0\x01');
    expect(entry().message).toBe('35=A\x0195=14\x0196=[redacted]\x0198=0\x01');
  });

  it('are hidden in URLs, headers and tokens', () => {
    expect(redactText('postgresql://desk:hunter2@db/x nats://u:p%40@h')).toBe(
      'postgresql://desk:[redacted]@db/x nats://u:[redacted]@h',
    );
    expect(redactText('Authorization: Bearer abcdefgh.ijk')).toBe('Authorization: Bearer [redacted]');
    expect(redactText('t=eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhIn0.c2ln rest')).toBe('t=[redacted] rest');
    expect(redactText('http://127.0.0.1:8080/api at 12:30')).toBe('http://127.0.0.1:8080/api at 12:30');
  });

  it('take linear time to look for', () => {
    const hostile = ['554=', 'a://', 'eyJ', '95=9|96='].map((part) => part.repeat(20_000)).join('');
    expect(redactText(hostile).length).toBeGreaterThan(0);
  }, 5_000);
});

describe('readable lines', () => {
  it('are one line with time, level, message and fields', () => {
    const line = readableLine(
      JSON.stringify({
        level: 'warn',
        time: '2026-03-01T12:34:56.789Z',
        instance: 'desk-1',
        message: 'venue stale',
        venue: 'lp 1',
        ageMs: 900,
      }),
    );
    expect(line).toBe('12:34:56.789 WARN  venue stale instance=desk-1 venue="lp 1" ageMs=900');
  });

  it('show an error as its first line, place and code', () => {
    const { log, lines } = captured({ format: 'text' });
    log.error({ err: Object.assign(new Error('gone'), { code: 'X1' }) }, 'failed');
    expect(lines[0]).toMatch(/ERROR failed err=Error: gone \(at .*\) code=X1\n$/);
  });

  it('can not be forged, nor drive the terminal', () => {
    const { log, lines } = captured({ format: 'text' });
    const hostile = 'a\nb\r\x1b[2J\u2028\u202e\x85c';
    log.info(
      { value: hostile, [hostile]: 1, err: Object.assign(new Error(hostile), { code: hostile }) },
      hostile,
    );
    expect(lines).toHaveLength(1);
    expect(lines[0]!.slice(0, -1)).not.toMatch(/[\p{Cc}\u2028\u202e]/u);
    expect(lines[0]!.endsWith('\n')).toBe(true);
  });
});

describe('a log on a descriptor', () => {
  it('writes every line once, the buffered ones at flush', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tidegate-log-'));
    const path = join(folder, 'log');
    const opened = openLog({ level: 'info', format: 'auto', descriptor: openSync(path, 'a') });
    for (let n = 0; n < 100; n += 1) opened.log.info({ n }, 'line');
    opened.flush();
    const lines = (): string[] => readFileSync(path, 'utf8').split('\n').slice(0, -1);
    await until(() => lines().length >= 100);
    const numbers = lines().map((line) => (JSON.parse(line) as { n: number }).n);
    expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, n) => n));
    expect(opened.dropped).toBe(0);
    rmSync(folder, { recursive: true });
  });
});

describe('limitedReport', () => {
  it('lets one through per interval and says how many it held back', () => {
    let nowMs = 0;
    const reports: [number, string][] = [];
    const report = limitedReport(
      () => nowMs,
      1_000,
      (heldBack, text: string) => void reports.push([heldBack, text]),
    );
    for (const text of ['a', 'b', 'c']) report(text);
    nowMs = 1_000;
    report('d');
    expect(reports).toEqual([
      [0, 'a'],
      [2, 'd'],
    ]);
  });
});
