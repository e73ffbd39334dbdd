/**
 * A certificate authority for tests, of the system's openssl: it signs, revokes and writes revocation lists
 * as real ones do. Keys live in a folder of the test and go with it.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Certificate } from './certificate.ts';

export class Authority {
  private readonly folder: string;

  constructor(folder: string, name: string) {
    this.folder = join(folder, name);
    mkdirSync(this.folder, { recursive: true });
    writeFileSync(this.path('index.txt'), '');
    for (const file of ['serial', 'crlnumber']) writeFileSync(this.path(file), '01\n');
    writeFileSync(
      this.path('ca.cnf'),
      `[ca]
default_ca = own
[own]
database = ${this.path('index.txt')}
serial = ${this.path('serial')}
crlnumber = ${this.path('crlnumber')}
new_certs_dir = ${this.folder}
certificate = ${this.path('ca.crt')}
private_key = ${this.path('ca.key')}
default_md = sha256
policy = any
copy_extensions = none
[any]
commonName = supplied
[req]
distinguished_name = subject
[subject]
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
`,
    );
    this.openssl(
      'req',
      '-x509',
      '-extensions',
      'authority',
      '-subj',
      `/CN=${name}`,
      '-days',
      '30',
      ...this.key('ca'),
    );
  }

  get cert(): string {
    return readFileSync(this.path('ca.crt'), 'utf8');
  }

  issue(name: string): Certificate {
    this.openssl('req', '-new', '-subj', `/CN=${name}`, ...this.key(name));
    const [request, out] = [this.path(`${name}.crt`), this.path(`${name}.pem`)];
    this.openssl('ca', '-batch', '-notext', '-days', '10', '-in', request, '-out', out);
    return { key: readFileSync(this.path(`${name}.key`), 'utf8'), cert: readFileSync(out, 'utf8') };
  }

  revoke(name: string): void {
    this.openssl('ca', '-revoke', this.path(`${name}.pem`));
  }

  /** PEM of what is revoked now. `options`: until when it counts, such as `-crlhours 1`. */
  list(...options: readonly string[]): string {
    const out = this.path('crl.pem');
    this.openssl('ca', '-gencrl', ...(options.length === 0 ? ['-crldays', '1'] : options), '-out', out);
    return readFileSync(out, 'utf8');
  }

  private key(name: string): readonly string[] {
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    return [...curve, '-keyout', this.path(`${name}.key`), '-out', this.path(`${name}.crt`)];
  }

  private openssl(command: string, ...options: readonly string[]): void {
    try {
      execFileSync('openssl', [command, '-config', this.path('ca.cnf'), ...options], { stdio: 'pipe' });
    } catch (error) {
      throw new Error(`openssl ${command}: ${String((error as { stderr?: Buffer }).stderr)}`, {
        cause: error,
      });
    }
  }

  private path(name: string): string {
    return join(this.folder, name);
  }
}
