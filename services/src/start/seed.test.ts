/** Production on what the demo profile has left in the database. */
import { Credentials, hashPassword } from '@tidegate/platform/identity/credentials';
import { buildSnapshot } from '@tidegate/platform/configuration/configuration.documents';
import { describe, expect, it } from 'vitest';
import { demoDocuments, demoFixPassword } from './demo.ts';
import { refuseDemoClients } from './seed.ts';

describe('production', () => {
  const credentials = new Credentials({ clock: { nowMs: () => 1_000, monoMs: () => 1_000 } });
  const left = (fixHash: string) => {
    const rows = demoDocuments(fixHash, 'of the administrator').map(({ kind, body }, index) => ({
      version: index + 1,
      kind,
      id: body.id,
      body,
    }));
    const built = buildSnapshot(rows);
    if ('refusal' in built) throw new Error(built.refusal.text);
    return { configuration: { current: built.snapshot }, credentials };
  };

  it('does not start while FIX clients have the password that everybody can read', async () => {
    const platform = left(await hashPassword(demoFixPassword));
    await expect(refuseDemoClients(platform)).rejects.toThrow(/demo1, demo2, demo3/);
  });

  it('starts when they have one of their own', async () => {
    await expect(refuseDemoClients(left(await hashPassword('their own')))).resolves.toBeUndefined();
  });
});
