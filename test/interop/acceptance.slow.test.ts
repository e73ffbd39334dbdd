/**
 * The acceptance server answers every dialogue of every version exactly as the reference does: the same
 * messages in the same order, with the same fields in the same order and the same values.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dialogues } from './acceptance.dialogues.ts';
import { startOurs, startReference, type Counterparty } from './acceptance.reference.ts';
import { emptyValue, rejectDialogues } from './acceptance.rejects.ts';
import { lenient, parties } from './acceptance.versions.ts';
import { play } from './acceptance.wire.ts';

const sessions = [
  ...parties.map((party) => ({
    name: party.compId,
    dialogues: [...dialogues(party), ...rejectDialogues(party)],
  })),
  { name: lenient.compId, dialogues: [...dialogues(lenient), emptyValue(lenient)] },
];

describe('the acceptance server', () => {
  const folder = mkdtempSync(join(tmpdir(), 'acceptance-'));
  let reference: Counterparty;
  let ours: Counterparty;

  beforeAll(async () => {
    [reference, ours] = await Promise.all([startReference(folder), startOurs()]);
  }, 120_000);

  afterAll(async () => {
    await Promise.all([reference.stop(), ours.stop()]);
    rmSync(folder, { recursive: true });
  });

  // The sessions side by side, the dialogues of one session one after the other: each logs on anew.
  it.concurrent.each(sessions)(
    '$name answers as the reference does',
    async ({ dialogues: ofSession }) => {
      const transcripts = async (port: number): Promise<Readonly<Record<string, readonly string[]>>> => {
        const all: Record<string, readonly string[]> = {};
        for (const dialogue of ofSession) all[dialogue.name] = await play(dialogue, port);
        return all;
      };
      const [expected, heard] = await Promise.all([transcripts(reference.port), transcripts(ours.port)]);
      expect(Object.values(expected).flat().join('\n')).not.toMatch(/silence|not closed|wrong/);
      expect(heard).toEqual(expected);
    },
    300_000,
  );
});
