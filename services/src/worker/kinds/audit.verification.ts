/**
 * The audit from its first entry to its last: each hashed again and compared with what is kept, each in its
 * place in the chain, and every signed checkpoint against the tree. For an outside verifier there is
 * docs/security/audit.md.
 */
import { entryOf, noHead } from '@tidegate/platform/audit/entry';
import { openCheckpoint, readVerifier } from '@tidegate/platform/audit/checkpoint';
import { GrowingTree, leafHash } from '@tidegate/platform/audit/tree';
import type { Audit, StoredCheckpoint } from '@tidegate/platform/audit/audit';
import type { InputOf, JobRun } from '../kind.ts';

const pageSize = 1_000;

export interface Verdict {
  readonly entries: number;
  readonly signed: number;
  /** The first that is not as it should be. */
  readonly firstBad: number | null;
  readonly text: string;
}

export const auditVerification: JobRun<InputOf<'auditVerification'>> = async ({ progress }, { audit }) => {
  const verdict = await verified(audit, progress);
  return { result: verdict, effects: [{ what: 'auditVerification', ...verdict }] };
};

export async function verified(
  audit: Pick<Audit, 'after' | 'checkpointsAfter' | 'head'>,
  progress: (done: number, text: string) => void,
): Promise<Verdict> {
  const { number: size } = await audit.head();
  const tree = new GrowingTree();
  let previous: Buffer = noHead.hash;
  let signed = 0;
  const bad = (number: number, text: string): Verdict => ({ entries: size, signed, firstBad: number, text });
  let notes: readonly StoredCheckpoint[] = await audit.checkpointsAfter(0, pageSize);
  while (tree.size < size) {
    const entries = await audit.after(tree.size, Math.min(pageSize, size - tree.size));
    if (entries.length === 0) return bad(tree.size + 1, 'is missing');
    for (const entry of entries) {
      const number = tree.size + 1;
      if (entry.number !== number) return bad(number, 'is missing');
      if (!leafHash(entry.body).equals(entry.hash)) return bad(number, 'its text is not what was hashed');
      const { previous: named, number: own } = entryOf(entry);
      if (own !== number || named !== previous.toString('hex')) return bad(number, 'is not in its place');
      previous = entry.hash;
      tree.add(entry.hash);
      while (notes[0]?.size === number) {
        const { key, note } = notes[0];
        const opened = openCheckpoint(note, readVerifier(key));
        if (opened?.size !== number || !opened.root.equals(tree.root()))
          return bad(number, 'the checkpoint signed about it says otherwise');
        signed = number;
        notes = notes.length > 1 ? notes.slice(1) : await audit.checkpointsAfter(number, pageSize);
      }
    }
    progress(tree.size / size, `${tree.size} of ${size} entries`);
  }
  if (notes.length > 0) return bad(size + 1, 'a checkpoint is signed about entries that are not there');
  return { entries: size, signed, firstBad: null, text: 'every entry is as it was written' };
}
