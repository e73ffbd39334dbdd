/** The `fix` program as a user runs it: arguments, input, output, exit code. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { selfSigned } from '../acceptance/certificate.ts';
import { fix44Table } from '../src/dictionary/fix44.ts';
import { dictionaryXml } from '../src/dictionary/xml.ts';
import { formatLogLine } from '../src/transport/message.log.ts';

const program = fileURLToPath(new URL('fix.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'fix-tool-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A whole message of these fields, `|` for SOH. */
function frame(beginString: string, fields: string): string {
  const body = `${fields}|`;
  const text = `8=${beginString}|9=${body.length}|${body}`.replaceAll('|', '\u0001');
  const sum = [...text].reduce((total, character) => total + character.charCodeAt(0), 0) % 256;
  return `${text}10=${String(sum).padStart(3, '0')}\u0001`;
}

const HEADER = '34=2|49=A|52=20260303-00:00:00.000|56=B';
const ORDER = frame(
  'FIX.4.4',
  `35=D|${HEADER}|11=id|453=2|448=x|447=D|452=1|448=y|447=D|452=3|` +
    '40=1|54=1|55=EUR/USD|38=5|60=20260303-00:00:00',
);

function start(...args: readonly string[]): ChildProcess {
  return spawn(process.execPath, ['--conditions=tidegate-source', program, ...args]);
}

interface Ended {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

async function run(args: readonly string[], input?: string | Buffer): Promise<Ended> {
  const child = start(...args);
  child.stdin!.end(input);
  let output = '';
  let errors = '';
  child.stdout!.setEncoding('utf8').on('data', (text) => (output += text));
  child.stderr!.setEncoding('utf8').on('data', (text) => (errors += text));
  const code = await new Promise<number | null>((resolve) => {
    child.on('close', resolve);
  });
  return { code, output, errors };
}

function fileOf(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

describe('fix decode', () => {
  it('names fields and values, and indents groups', async () => {
    const { code, output } = await run(['decode', fileOf('order.log', Buffer.from(ORDER, 'latin1'))]);
    expect(code).toBe(0);
    expect(output).toContain('NewOrderSingle (D) FIX.4.4 #2 A → B 20260303-00:00:00.000');
    expect(output).toMatch(/\n {7}54 Side +1 BUY\n/);
    expect(output).toMatch(/453 NoPartyIDs +2\n {10}\[1\]\n {12}448 PartyID +x\n/);
  });

  it.each([
    ['SOH', (text: string) => text],
    ['bars', (text: string) => text.replaceAll('\u0001', '|')],
    ['^A', (text: string) => text.replaceAll('\u0001', '^A')],
    ['\\x01', (text: string) => text.replaceAll('\u0001', '\\x01')],
  ])('reads %s as delimiter, with anything before it, several on a line', async (_name, written) => {
    const heartbeat = frame('FIX.4.2', `35=0|${HEADER}`);
    const line = `20260303 00:00:00.1 [thread] IN: ${written(ORDER)} ${written(heartbeat)}`;
    const log = `start of the log\n${line}\n`;
    const { output } = await run(['decode', '--json'], Buffer.from(log, 'latin1'));
    const [order, second] = output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(order).toMatchObject({
      line: 2,
      prefix: '20260303 00:00:00.1 [thread] IN:',
      version: 'FIX.4.4',
      msgType: 'D',
      name: 'NewOrderSingle',
    });
    expect(order.fault).toBeUndefined();
    expect(order.fields.find((field: { tag: number }) => field.tag === 453).entries).toHaveLength(2);
    expect(second).toMatchObject({ line: 2, version: 'FIX.4.2', name: 'Heartbeat' });
  });

  it('reads our own log, escapes and all', async () => {
    const raw = Buffer.from(frame('FIX.4.4', `35=B|${HEADER}|148=a\\b|33=1|58=c`), 'latin1');
    const line = formatLogLine({ direction: 'out', utcMs: 0, sessionId: 'S', raw });
    const { output } = await run(['decode', '--json'], `${line}\n`);
    const decoded = JSON.parse(output);
    expect(decoded).toMatchObject({ name: 'News', prefix: '1970-01-01T00:00:00.000Z [S] >' });
    expect(decoded.fields).toContainEqual({ tag: 148, name: 'Headline', value: 'a\\b' });
  });

  it('takes the version of FIXT messages from 1128, else from the Logon', async () => {
    const log = [
      frame('FIXT.1.1', `35=A|${HEADER}|98=0|108=30|1137=7`),
      frame('FIXT.1.1', `35=D|${HEADER}|11=a`),
      frame('FIXT.1.1', `35=D|1128=9|${HEADER}|11=b`),
    ];
    const { output } = await run(['decode'], Buffer.from(log.join('\n'), 'latin1'));
    expect(output.match(/FIX\.5\.0\S*/g)).toEqual(['FIX.5.0', 'FIX.5.0', 'FIX.5.0SP2']);
  });

  it('masks secrets, also in JSON', async () => {
    const secrets = `95=6|96=rawsec|553=bob|554=passsec|925=newsec`;
    const log = Buffer.from(frame('FIX.4.4', `35=A|${HEADER}|98=0|108=30|${secrets}`), 'latin1');
    for (const args of [['decode'], ['decode', '--json']]) {
      const { output } = await run(args, log);
      expect(output).toContain('bob');
      expect(output).not.toMatch(/rawsec|passsec|newsec/);
    }
  });

  it('says when a message is damaged, and keeps control characters from the terminal', async () => {
    const log = `${ORDER.replace('11=id', '11=\u001b[2J')}\n${ORDER.slice(0, -8)}`;
    const { output } = await run(['decode'], Buffer.from(log, 'latin1'));
    expect(output).toContain('! BodyLength is');
    expect(output).toContain('! incomplete');
    expect(output).toContain('\\x1b[2J');
    expect(output).not.toContain('\u001b');
  });

  it('says that there is nothing to decode', async () => {
    expect(await run(['decode'], 'nothing here')).toMatchObject({
      code: 1,
      errors: 'no FIX message found\n',
    });
  });
});

describe('fix check', () => {
  it('is content with what the dictionary allows', async () => {
    expect(await run(['check'], Buffer.from(ORDER, 'latin1'))).toMatchObject({ code: 0, output: '' });
  });

  it('names line, message, reason and tag of what it does not allow', async () => {
    const bad = frame('FIX.4.4', `35=D|${HEADER}|11=id|40=1|54=w|55=EUR/USD|38=5|60=20260303-00:00:00`);
    const path = fileOf(
      'bad.log',
      Buffer.from(`${ORDER}\n${bad}\n${ORDER.replace('=EUR', '=GBP')}\n`, 'latin1'),
    );
    const { code, output, errors } = await run(['check', path]);
    expect(code).toBe(1);
    expect(output.split('\n').slice(0, 2)).toEqual([
      `${path}:2: NewOrderSingle (D) #2: Value is incorrect (out of range) for this tag, tag 54 Side [5]`,
      expect.stringContaining(`${path}:3: NewOrderSingle (D) #2: CheckSum is`),
    ]);
    expect(errors).toBe('3 messages, 2 faults\n');
  });

  it('takes a dictionary of the user', async () => {
    const own = dictionaryXml(fix44Table).replace(
      /(<message[^>]*name=["']NewOrderSingle["'][^>]*>)/,
      "$1<field name='Text' required='Y'/>",
    );
    const path = fileOf('own.xml', own);
    const { code, output } = await run(['check', '--dictionary', path], Buffer.from(ORDER, 'latin1'));
    expect(code).toBe(1);
    expect(output).toContain('Required tag missing, tag 58 Text [1]');
  });
});

const running: ChildProcess[] = [];

/** Lines of a running program, as they come. */
class Talking {
  readonly child: ChildProcess;
  private readonly lines: string[] = [];
  private wake: () => void = () => undefined;

  constructor(...args: readonly string[]) {
    this.child = start(...args);
    running.push(this.child);
    const streams: Interface[] = [this.child.stdout!, this.child.stderr!].map((input) =>
      createInterface({ input }),
    );
    for (const stream of streams) {
      stream.on('line', (line) => {
        this.lines.push(line);
        this.wake();
      });
    }
  }

  type(line: string): void {
    this.child.stdin!.write(`${line}\n`);
  }

  async until(wanted: RegExp): Promise<RegExpExecArray> {
    for (let at = 0; ;) {
      for (; at < this.lines.length; at += 1) {
        const found = wanted.exec(this.lines[at] ?? '');
        if (found !== null) return found;
      }
      if (this.child.exitCode !== null) throw new Error(`ended: ${this.lines.join('\n')}`);
      await new Promise<void>((resolve) => {
        this.wake = resolve;
        this.child.once('exit', () => resolve());
      });
    }
  }

  ended(): Promise<number | null> {
    if (this.child.exitCode !== null) return Promise.resolve(this.child.exitCode);
    return new Promise((resolve) => {
      this.child.once('exit', resolve);
    });
  }
}

describe('fix acceptor and fix initiator', () => {
  afterEach(() => {
    for (const child of running.splice(0)) child.kill('SIGKILL');
  });

  const password = fileOf('password', 'open sesame\n');

  it('talk to each other', async () => {
    const acceptor = new Talking('acceptor', '--password-file', password);
    const [, port = ''] = await acceptor.until(/^listening on 127\.0\.0\.1:(\d+)$/);
    const ids = ['--sender', 'ME', '--target', 'YOU', '--username', 'me'];
    const where = ['--port', port, '--version', 'FIX.5.0SP2', '--password-file', password];
    const initiator = new Talking('initiator', ...where, ...ids);
    await Promise.all([acceptor.until(/^logged on: /), initiator.until(/^logged on: /)]);
    initiator.type('35=D|11=mine|55=EUR/USD|54=1|40=1|60=20260303-00:00:00');
    await acceptor.until(/< NewOrderSingle \(D\) FIX\.5\.0SP2 #2 ME → YOU/);
    acceptor.type('35=8|37=1|17=2|150=0|39=0|54=1|55=EUR/USD|151=0|14=0|6=0');
    await initiator.until(/< ExecutionReport \(8\)/);
    initiator.type('quit');
    expect(await initiator.ended()).toBe(0);
    await acceptor.until(/^logged out: /);
    acceptor.child.kill('SIGTERM');
    expect(await acceptor.ended()).toBe(0);
  });

  it('refuses a wrong password, which nobody gets to see', async () => {
    const acceptor = new Talking('acceptor', '--password-file', password);
    const [, port = ''] = await acceptor.until(/^listening on 127\.0\.0\.1:(\d+)$/);
    const wrong = fileOf('wrong', 'let me in');
    const ids = ['--sender', 'ME', '--target', 'YOU'];
    const initiator = new Talking('initiator', '--port', port, ...ids, '--password-file', wrong);
    await initiator.until(/58 Text +wrong password/);
    const shown = await initiator.until(/554 Password +(.*)/);
    expect(shown[1]).toBe('***');
    initiator.type('quit');
    acceptor.type('quit');
    expect(await Promise.all([initiator.ended(), acceptor.ended()])).toEqual([0, 0]);
  });

  it('runs the sessions of a settings file', async () => {
    const common = 'BeginString=FIX.4.4\nPassword=sesame\nFileLogPath=log\nFileStorePath=store\n';
    const cfg = fileOf(
      'acceptor.cfg',
      '[DEFAULT]\nConnectionType=acceptor\nSocketAcceptHost=127.0.0.1\nSocketAcceptPort=0\n' +
        'ScreenLogShowEvents=Y\n' +
        `[SESSION]\nSenderCompID=YOU\nTargetCompID=ME\n${common}`,
    );
    const acceptor = new Talking('acceptor', '--cfg', cfg);
    await acceptor.until(/acceptor\.cfg:5: unsupported-setting: ScreenLogShowEvents/);
    const [, port = ''] = await acceptor.until(/^listening on port (\d+)$/);
    const other = fileOf(
      'initiator.cfg',
      `[SESSION]\nConnectionType=initiator\nSocketConnectHost=127.0.0.1\nSocketConnectPort=${port}\n` +
        `SenderCompID=ME\nTargetCompID=YOU\n${common.replace('log', 'other').replace('store', 'mine')}`,
    );
    const initiator = new Talking('initiator', '--cfg', other);
    await Promise.all([acceptor.until(/^logged on: /), initiator.until(/^logged on: /)]);
    initiator.type('quit');
    await initiator.ended();
    acceptor.type('quit');
    await acceptor.ended();
    const log = await run(['decode', join(folder, 'log', 'FIX.4.4-YOU-ME.messages.log')]);
    expect(log.output).toMatch(/< Logon \(A\) FIX\.4\.4 #1 ME → YOU/);
    expect(log.output).toMatch(/> Logout \(5\)/);
    expect(log.output).not.toContain('sesame');
  });

  it('opens dictionaries and certificates that a settings file names', async () => {
    const { key, cert } = selfSigned('fix.example');
    fileOf('key.pem', key);
    fileOf('cert.pem', cert);
    fileOf('own.xml', dictionaryXml(fix44Table));
    const common = 'BeginString=FIX.4.4\nDataDictionary=own.xml\n';
    const acceptor = new Talking(
      'acceptor',
      '--cfg',
      fileOf(
        'tls.cfg',
        '[SESSION]\nConnectionType=acceptor\nSocketAcceptHost=127.0.0.1\nSocketAcceptPort=0\n' +
          'SERVER_CERTIFICATE_FILE=cert.pem\nSERVER_CERTIFICATE_KEY_FILE=key.pem\n' +
          `SenderCompID=YOU\nTargetCompID=ME\n${common}`,
      ),
    );
    const [, port = ''] = await acceptor.until(/^listening on port (\d+)$/);
    const initiator = new Talking(
      'initiator',
      '--cfg',
      fileOf(
        'tls.client.cfg',
        `[SESSION]\nConnectionType=initiator\nSocketConnectHost=127.0.0.1\nSocketConnectPort=${port}\n` +
          'SocketUseSSL=Y\nSocketCAFile=cert.pem\nSocketServerName=fix.example\n' +
          `SenderCompID=ME\nTargetCompID=YOU\n${common}`,
      ),
    );
    await Promise.all([acceptor.until(/^logged on: /), initiator.until(/^logged on: /)]);
    initiator.type('quit');
    acceptor.type('quit');
    expect(await Promise.all([initiator.ended(), acceptor.ended()])).toEqual([0, 0]);
  });

  it('names the faults of a settings file by line', async () => {
    const cfg = fileOf('bad.cfg', '[SESSION]\nConnectionType=neither\n');
    const { code, errors } = await run(['acceptor', '--cfg', cfg]);
    expect(code).toBe(2);
    expect(errors).toContain('bad.cfg:2: wrong-value: ConnectionType=neither: acceptor or initiator');
  });
});

describe('fix', () => {
  it('explains itself', async () => {
    expect(await run(['--help'])).toMatchObject({ code: 0, output: expect.stringContaining('usage: fix') });
    expect(await run(['dance'])).toMatchObject({ code: 2 });
    expect(await run(['decode', join(folder, 'nowhere')])).toMatchObject({ code: 2 });
  });

  it('takes no password on the command line, where everybody on the machine could read it', async () => {
    expect(await run(['initiator', '--password', 'x'])).toMatchObject({ code: 2 });
  });
});
