/** Notes and checkpoints: the published example of a signed note, and what must not pass. */
import { describe, expect, it } from 'vitest';
import {
  newSignerText,
  openCheckpoint,
  openNote,
  readSigner,
  readVerifier,
  signCheckpoint,
  signNote,
} from './checkpoint.ts';
import { emptyRoot, leafHash } from './tree.ts';

const published = {
  signer: 'PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz',
  verifier: 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
  text:
    'If you think cryptography is the answer to your problem,\n' +
    "then you don't know what your problem is.\n",
  signature: 'x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=',
};

describe('signed notes', () => {
  it('are byte for byte as published', () => {
    const signer = readSigner(published.signer);
    expect(signer.verifier.text).toBe(published.verifier);
    const note = signNote(published.text, signer);
    expect(note).toBe(`${published.text}\n\u2014 PeterNeumann ${published.signature}\n`);
    expect(openNote(note, readVerifier(published.verifier))).toBe(published.text);
  });

  it('pass over other signatures, and refuse what was changed', () => {
    const signer = readSigner(newSignerText('tidegate.audit/one'));
    const other = readSigner(newSignerText('tidegate.audit/one'));
    const note = signNote('said\n', signer);
    const witnessed = `${note}${signNote('said\n', other).split('\n\n')[1]}`;
    expect(openNote(witnessed, signer.verifier)).toBe('said\n');
    expect(openNote(witnessed, other.verifier)).toBe('said\n');
    expect(openNote(note, other.verifier)).toBeUndefined();
    expect(openNote(note.replace('said', 'sald'), signer.verifier)).toBeUndefined();
    for (const text of ['', 'said\n', note.slice(0, -1), note.trimEnd().slice(0, -4)])
      expect(openNote(text, signer.verifier)).toBeUndefined();
  });

  it('refuse keys that are none', () => {
    for (const text of ['', 'PRIVATE+KEY+a+00000000+AAAA', published.signer.replace('c74f20a3', 'c74f20a4')])
      expect(() => readSigner(text)).toThrow();
    for (const text of ['', 'a+00000000+AAAA', published.verifier.replace('Peter', 'Pater')])
      expect(() => readVerifier(text)).toThrow();
    expect(() => newSignerText('with space')).toThrow();
  });
});

describe('checkpoints', () => {
  const signer = readSigner(newSignerText('tidegate.audit/one'));

  it('say origin, size and root', () => {
    const root = leafHash(Buffer.from('entry'));
    const note = signCheckpoint(7, root, signer);
    expect(note.startsWith(`tidegate.audit/one\n7\n${root.toString('base64')}\n\n`)).toBe(true);
    expect(openCheckpoint(note, signer.verifier)).toEqual({ origin: 'tidegate.audit/one', size: 7, root });
  });

  it('are of one log', () => {
    const base64 = emptyRoot.toString('base64');
    for (const text of [
      `another\n7\n${base64}\n`,
      `tidegate.audit/one\n07\n${base64}\n`,
      'tidegate.audit/one\n7\nAA\n',
    ])
      expect(openCheckpoint(signNote(text, signer), signer.verifier)).toBeUndefined();
  });
});
