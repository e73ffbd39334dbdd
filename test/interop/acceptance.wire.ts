/**
 * The language of acceptance dialogues and the player that carries one out over TCP: what is said is written
 * byte for byte, what is heard becomes a transcript. The player knows no FIX session rules, so it can't
 * forgive a counterparty anything.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Connections are numbered by the dialogue; most have only number 1. */
export type Step =
  | { readonly kind: 'open'; readonly connection: number }
  /** `|` for SOH, `<TIME>` and `<TIME-121>` for the present or near it. */
  | { readonly kind: 'say'; readonly connection: number; readonly text: string }
  /** So many messages come, no more and no less before the next step that listens. */
  | { readonly kind: 'hear'; readonly connection: number; readonly count: number }
  /** The counterparty closes the connection. */
  | { readonly kind: 'closed'; readonly connection: number }
  /** We close it. */
  | { readonly kind: 'drop'; readonly connection: number };

export interface Dialogue {
  readonly name: string;
  readonly steps: readonly Step[];
}

const soh = '\u0001';
/** Longest silence of a counterparty that is well: a disconnection 2.4 heartbeat intervals of 3 s late. */
const silenceMsMax = 12_000;

export const open = (connection = 1): Step => ({ kind: 'open', connection });
export const hear = (count: number, connection = 1): Step => ({ kind: 'hear', count, connection });
export const closed = (connection = 1): Step => ({ kind: 'closed', connection });
export const drop = (connection = 1): Step => ({ kind: 'drop', connection });
/** Bytes as they stand. */
export const exactly = (text: string, connection = 1): Step => ({ kind: 'say', connection, text });

const checksum = (text: string): string =>
  String(Buffer.from(text, 'latin1').reduce((sum, byte) => sum + byte, 0) % 256).padStart(3, '0');

/** `text`: `8=…|35=…|…`. BodyLength and CheckSum are added, unless the text has its own. */
export function message(text: string, connection = 1): Step {
  return { kind: 'say', connection, text: `${text}|<END>` };
}

function timed(text: string): string {
  return text.replace(/<TIME([+-]\d+)?>/g, (_whole, seconds: string | undefined) => {
    const at = new Date(Date.now() + Number(seconds ?? 0) * 1000).toISOString();
    return at.slice(0, 19).replaceAll('-', '').replace('T', '-');
  });
}

function bytesOf(text: string): Buffer {
  let said = timed(text).replaceAll('|', soh);
  if (said.endsWith('<END>')) {
    said = said.slice(0, -'<END>'.length);
    const begin = said.indexOf(soh) + 1;
    const trailer = /\u000110=[^\u0001]*\u0001$/.exec(said);
    const body = trailer === null ? said.slice(begin) : said.slice(begin, trailer.index + 1);
    const length = body.startsWith('9=') ? '' : `9=${body.length}${soh}`;
    const whole = said.slice(0, begin) + length + body;
    said = trailer === null ? `${whole}10=${checksum(whole)}${soh}` : whole + trailer[0].slice(1);
  }
  return Buffer.from(said, 'latin1');
}

class Wire {
  readonly heard: string[] = [];
  isEnded = false;
  private readonly socket: Socket;
  private text = '';
  private wake: () => void = () => undefined;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.setEncoding('latin1');
    socket.on('data', (chunk) => this.take(String(chunk)));
    socket.on('error', () => undefined);
    for (const event of ['end', 'close']) {
      socket.on(event, () => {
        this.isEnded = true;
        this.wake();
      });
    }
  }

  static async open(port: number): Promise<Wire> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new Wire(socket);
  }

  say(text: string): void {
    this.socket.write(bytesOf(text));
  }

  /** True as soon as the condition holds; false after a silence. */
  async until(condition: () => boolean): Promise<boolean> {
    while (!condition()) {
      const isWoken = await new Promise<boolean>((resolve) => {
        const timer = setTimeout(() => resolve(false), silenceMsMax);
        this.wake = () => {
          clearTimeout(timer);
          resolve(true);
        };
      });
      if (!isWoken) return condition();
    }
    return true;
  }

  async drop(): Promise<void> {
    if (this.socket.closed) return;
    const isClosed = once(this.socket, 'close');
    this.socket.destroy();
    await isClosed;
  }

  private take(chunk: string): void {
    this.text += chunk;
    for (let end; (end = /\u000110=[^\u0001]*\u0001/.exec(this.text)) !== null;) {
      const length = end.index + end[0].length;
      this.heard.push(this.text.slice(0, length));
      this.text = this.text.slice(length);
    }
    this.wake();
  }
}

/** What was heard, line by line, normalized so that two counterparties can be compared. */
export async function play(dialogue: Dialogue, port: number): Promise<readonly string[]> {
  const lines: string[] = [];
  const wires = new Map<number, Wire>();
  try {
    for (const step of dialogue.steps) {
      if (!(await carryOut(step, port, wires, lines))) break;
    }
  } finally {
    await Promise.all([...wires.values()].map((wire) => wire.drop()));
  }
  return lines;
}

/** False when the dialogue can't go on. */
async function carryOut(
  step: Step,
  port: number,
  wires: Map<number, Wire>,
  lines: string[],
): Promise<boolean> {
  if (step.kind === 'open') {
    wires.set(step.connection, await Wire.open(port));
    return true;
  }
  const wire = wires.get(step.connection);
  if (wire === undefined) throw new Error(`connection ${step.connection} is not open`);
  if (step.kind === 'say') {
    wire.say(step.text);
    return true;
  }
  if (step.kind === 'drop') {
    await wire.drop();
    return true;
  }
  const name = wires.size > 1 ? `${step.connection}: ` : '';
  if (step.kind === 'closed') {
    const isClosed = await wire.until(() => wire.isEnded);
    lines.push(...wire.heard.splice(0).map((heard) => name + normalized(heard)));
    lines.push(name + (isClosed ? 'closed' : 'not closed'));
    return isClosed;
  }
  const isHeard = await wire.until(() => wire.heard.length >= step.count || wire.isEnded);
  lines.push(...wire.heard.splice(0, step.count).map((heard) => name + normalized(heard)));
  if (!isHeard) lines.push(`${name}silence`);
  return isHeard;
}

/** Times become their form, the CheckSum and the BodyLength a judgement. */
function normalized(heard: string): string {
  const fields = heard.slice(0, -1).split(soh);
  const body = heard.indexOf(soh, heard.indexOf(soh) + 1) + 1;
  const trailer = heard.lastIndexOf(`${soh}10=`) + 1;
  return fields
    .map((field) => {
      const at = field.indexOf('=') + 1;
      const [tag, value] = [field.slice(0, at), field.slice(at)];
      if (tag === '10=') return value === checksum(heard.slice(0, trailer)) ? '10=right' : '10=wrong';
      if (tag === '9=') return value === String(trailer - body) ? '9=right' : '9=wrong';
      if (/^\d{8}-\d\d:\d\d:\d\d(\.\d+)?$/.test(value)) return tag + value.replace(/\d/g, '0');
      return field;
    })
    .join('|');
}
