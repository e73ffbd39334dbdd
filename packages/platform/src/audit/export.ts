/** The audit as JSON lines, for a verifier that has nothing else of ours (docs/security/audit.md). */
import type { Audit } from './audit.ts';

export const exportFormat = 'tidegate-audit/1';

const pageSize = 1_000;

/** Up to the entry that is the last now. */
export async function* exportLines(
  audit: Pick<Audit, 'after' | 'checkpointsAfter' | 'head' | 'lastCheckpoint'>,
): AsyncGenerator<string> {
  const { number: size } = await audit.head();
  const key = (await audit.lastCheckpoint())?.key ?? null;
  yield line({ format: exportFormat, size, key });
  for (let number = 0; number < size;) {
    const entries = await audit.after(number, Math.min(pageSize, size - number));
    for (const { body, hash, ...found } of entries)
      yield line({ entry: { ...found, body: body.toString('utf8'), hash: hash.toString('hex') } });
    number = entries.at(-1)?.number ?? size;
  }
  for (let after = 0; after < size;) {
    const checkpoints = await audit.checkpointsAfter(after, pageSize);
    for (const { size: signed, note } of checkpoints) yield line({ checkpoint: { size: signed, note } });
    after = checkpoints.at(-1)?.size ?? size;
  }
}

const line = (value: object): string => `${JSON.stringify(value)}\n`;
