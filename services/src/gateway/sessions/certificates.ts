/**
 * Certificates, keys and authorities of FIX over TLS, read from files and read again when they change, so
 * that a renewed certificate needs no restart. Files are compared by what they hold: that works for copies,
 * renames and mounted secrets alike. What is no good is told and left; the old ones stay.
 */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { SystemEvents } from '@tidegate/platform/observe/system.events';

export interface CertificateFiles {
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
  readonly caFile?: string | undefined;
  /** Revocation lists. */
  readonly crlFile?: string | undefined;
}

/** PEM. */
export interface Certificate {
  readonly cert?: string;
  readonly key?: string;
  readonly ca?: string;
  readonly crl?: string;
}

interface Followed {
  readonly subject: string;
  readonly files: CertificateFiles;
  readonly apply: (certificate: Certificate) => void;
  /** What was read last, good or not. */
  seen: string;
}

const members = { cert: 'certFile', key: 'keyFile', ca: 'caFile', crl: 'crlFile' } as const;
const lookMs = 2_000;

export class Certificates {
  private readonly events: Pick<SystemEvents, 'record'>;
  private readonly followed: Followed[] = [];
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | undefined;

  constructor(events: Pick<SystemEvents, 'record'>) {
    this.events = events;
  }

  /** Reads them now, and throws when one can't be read: a start with half of a key is no start. */
  read(files: CertificateFiles): Certificate {
    const read: Record<string, string> = {};
    for (const [member, name] of Object.entries(members)) {
      const path = files[name];
      if (path !== undefined) read[member] = readFileSync(path, 'utf8');
    }
    return read;
  }

  /** From now on changes are given to `apply`, which throws when they are no good. Returns how to stop. */
  follow(subject: string, files: CertificateFiles, apply: Followed['apply']): () => void {
    const followed = { subject, files, apply, seen: JSON.stringify(this.read(files)) };
    this.followed.push(followed);
    return () => void this.followed.splice(this.followed.indexOf(followed), 1);
  }

  start(): void {
    this.timer = setInterval(() => void this.look(), lookMs).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.looking;
  }

  /** Reads all files and applies what has changed. */
  look(): Promise<void> {
    this.looking ??= Promise.all(this.followed.map((one) => this.renew(one))).then(() => {
      this.looking = undefined;
    });
    return this.looking;
  }

  private async renew(followed: Followed): Promise<void> {
    const { subject, files, apply } = followed;
    let seen: string;
    let certificate: Certificate | undefined;
    let fault = '';
    try {
      certificate = await readAll(files);
      seen = JSON.stringify(certificate);
    } catch (error) {
      seen = fault = errorText(error);
    }
    if (seen === followed.seen) return;
    followed.seen = seen;
    try {
      if (certificate !== undefined) apply(certificate);
    } catch (error) {
      fault = errorText(error);
    }
    this.events.record(
      fault === ''
        ? { kind: 'certificateChanged', severity: 'info', subject, text: 'new certificate files in use' }
        : { kind: 'certificateRefused', severity: 'critical', subject, text: `the old ones stay: ${fault}` },
    );
  }
}

async function readAll(files: CertificateFiles): Promise<Certificate> {
  const read: Record<string, string> = {};
  for (const [member, name] of Object.entries(members)) {
    const path = files[name];
    if (path !== undefined) read[member] = await readFile(path, 'utf8');
  }
  return read;
}

const errorText = (error: unknown): string => (error instanceof Error ? error.message : String(error));
