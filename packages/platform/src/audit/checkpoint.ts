/**
 * Signed checkpoints in the formats of C2SP: a signed note (tlog: signed-note) whose text is a checkpoint
 * (tlog-checkpoint), with Ed25519. Keys are written as Go's note package writes them, so that the auditor's
 * own tools read them.
 */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  randomBytes,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto';
import type { Hash } from './tree.ts';

export interface NoteVerifier {
  readonly name: string;
  /** First four bytes of SHA-256 of name, line end, algorithm and key. */
  readonly keyId: Buffer;
  /** `<name>+<key id>+<algorithm and key>`, for publishing. */
  readonly text: string;
  readonly key: KeyObject;
}

export interface NoteSigner {
  readonly verifier: NoteVerifier;
  readonly key: KeyObject;
}

export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Hash;
}

const ed25519 = 1;
const pkcs8 = Buffer.from('302e020100300506032b657004220420', 'hex');
const spki = Buffer.from('302a300506032b6570032100', 'hex');
/** No space, no plus: they separate. */
const namePattern = /^[^\s+]{1,200}$/u;
const separator = '\n\n';
const dash = '\u2014';

/** Private key of a new signer, as text. */
export function newSignerText(name: string, seed = randomBytes(32)): string {
  const { keyId } = signerOf(name, seed).verifier;
  const key = Buffer.concat([Buffer.of(ed25519), seed]).toString('base64');
  return `PRIVATE+KEY+${name}+${keyId.toString('hex')}+${key}`;
}

/** Throws for what is not such a key. */
export function readSigner(text: string): NoteSigner {
  const match = /^PRIVATE\+KEY\+([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(text.trim());
  const bytes = Buffer.from(match?.[3] ?? '', 'base64');
  if (match === null || bytes.length !== 33 || bytes[0] !== ed25519)
    throw new Error('no private Ed25519 key of a signed note');
  const signer = signerOf(match[1]!, bytes.subarray(1));
  if (signer.verifier.keyId.toString('hex') !== match[2]) throw new Error('the key id is not of this key');
  return signer;
}

function signerOf(name: string, seed: Buffer): NoteSigner {
  const key = createPrivateKey({ key: Buffer.concat([pkcs8, seed]), format: 'der', type: 'pkcs8' });
  const published = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(spki.length);
  return { key, verifier: verifierOf(name, published) };
}

/** Throws for what is not such a key. */
export function readVerifier(text: string): NoteVerifier {
  const match = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(text.trim());
  const bytes = Buffer.from(match?.[3] ?? '', 'base64');
  if (match === null || bytes.length !== 33 || bytes[0] !== ed25519)
    throw new Error('no public Ed25519 key of a signed note');
  const verifier = verifierOf(match[1]!, bytes.subarray(1));
  if (verifier.keyId.toString('hex') !== match[2]) throw new Error('the key id is not of this key');
  return verifier;
}

function verifierOf(name: string, published: Buffer): NoteVerifier {
  if (!namePattern.test(name)) throw new Error(`${name} can't be a key's name`);
  const key = Buffer.concat([Buffer.of(ed25519), published]);
  const keyId = createHash('sha256').update(`${name}\n`).update(key).digest().subarray(0, 4);
  return {
    name,
    keyId,
    text: `${name}+${keyId.toString('hex')}+${key.toString('base64')}`,
    key: createPublicKey({ key: Buffer.concat([spki, published]), format: 'der', type: 'spki' }),
  };
}

/** `text` ends with a line end. */
export function signNote(text: string, { key, verifier }: NoteSigner): string {
  if (!text.endsWith('\n')) throw new Error('the text of a note ends with a line end');
  const signature = Buffer.concat([verifier.keyId, sign(null, Buffer.from(text), key)]);
  return `${text}\n${dash} ${verifier.name} ${signature.toString('base64')}\n`;
}

/** Its text; undefined when it is not signed by this key. Signatures of other keys are passed over. */
export function openNote(note: string, { key, keyId, name }: NoteVerifier): string | undefined {
  const end = note.lastIndexOf(separator);
  if (end < 0 || !note.endsWith('\n')) return undefined;
  const text = note.slice(0, end + 1);
  const lines = note.slice(end + separator.length, -1).split('\n');
  const isSigned = lines.some((line) => {
    const match = /^\u2014 (\S+) ([A-Za-z0-9+/]+=*)$/.exec(line);
    const bytes = Buffer.from(match?.[2] ?? '', 'base64');
    return (
      match?.[1] === name &&
      bytes.length === 68 &&
      bytes.subarray(0, 4).equals(keyId) &&
      verify(null, Buffer.from(text), key, bytes.subarray(4))
    );
  });
  return isSigned ? text : undefined;
}

export const checkpointText = ({ origin, size, root }: Checkpoint): string =>
  `${origin}\n${size}\n${root.toString('base64')}\n`;

/** Undefined: not signed by this key, of another log, or no checkpoint. */
export function openCheckpoint(note: string, verifier: NoteVerifier): Checkpoint | undefined {
  const text = openNote(note, verifier);
  const [origin = '', digits = '', base64 = ''] = text?.split('\n') ?? [];
  const root = Buffer.from(base64, 'base64');
  const size = Number(digits);
  const isGood = origin === verifier.name && /^(0|[1-9]\d{0,15})$/.test(digits) && root.length === 32;
  return isGood && Number.isSafeInteger(size) ? { origin, size, root } : undefined;
}

export const signCheckpoint = (size: number, root: Hash, signer: NoteSigner): string =>
  signNote(checkpointText({ origin: signer.verifier.name, size, root }), signer);
