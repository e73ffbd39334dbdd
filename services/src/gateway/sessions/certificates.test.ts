/** Certificate files that change, that are half written, that are gone. */
import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NewSystemEvent } from '@tidegate/platform/observe/system.events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Certificates, type Certificate } from './certificates.ts';

let folder: string;
let told: NewSystemEvent[];
let applied: Certificate[];
let certificates: Certificates;

const path = (name: string): string => join(folder, name);
const kinds = (): string[] => told.map(({ kind, severity }) => `${kind} ${severity}`);

/** Takes a pair only when both halves are of one name, as TLS does. */
function take(certificate: Certificate): void {
  if (certificate.cert !== certificate.key) throw new Error('key values mismatch');
  applied.push(certificate);
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-certificates-'));
  [told, applied] = [[], []];
  certificates = new Certificates({ record: (event) => void told.push(event) });
  for (const name of ['cert', 'key']) writeFileSync(path(name), 'one');
  certificates.follow('fix listeners', { certFile: path('cert'), keyFile: path('key') }, take);
});

afterEach(async () => {
  await certificates.stop();
  rmSync(folder, { recursive: true });
});

describe('certificates', () => {
  it('are read at once, and not again while nothing changes', async () => {
    expect(certificates.read({ certFile: path('cert'), caFile: path('key') })).toEqual({
      cert: 'one',
      ca: 'one',
    });
    await certificates.look();
    expect([applied, told]).toEqual([[], []]);
    expect(() => certificates.read({ certFile: path('absent') })).toThrow('ENOENT');
  });

  it('are renewed when both files have changed, and a half is refused once', async () => {
    writeFileSync(path('cert'), 'two');
    await certificates.look();
    await certificates.look();
    expect(kinds()).toEqual(['certificateRefused critical']);
    expect(told[0]).toMatchObject({
      subject: 'fix listeners',
      text: 'the old ones stay: key values mismatch',
    });
    writeFileSync(path('key'), 'two');
    await certificates.look();
    expect(applied).toEqual([{ cert: 'two', key: 'two' }]);
    expect(kinds()).toEqual(['certificateRefused critical', 'certificateChanged info']);
  });

  it('may be gone for a while, or be links that are turned', async () => {
    rmSync(path('key'));
    await certificates.look();
    expect(kinds()).toEqual(['certificateRefused critical']);
    writeFileSync(path('three'), 'three');
    for (const name of ['cert', 'key']) {
      symlinkSync('three', path(`new-${name}`));
      renameSync(path(`new-${name}`), path(name));
    }
    await certificates.look();
    expect(applied).toEqual([{ cert: 'three', key: 'three' }]);
  });
});
