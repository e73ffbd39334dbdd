/**
 * `tidegate init`: an empty production on this host. The database gets its tables, the tokens and the audit
 * their keys, and the platform its first firm, tier and administrator, who comes in by an invitation that is
 * good once; the folder gets the settings and the configuration as files.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { randomUUID } from 'node:crypto';
import { openSigner } from '@tidegate/platform/audit/checkpointer';
import type { Configuration } from '@tidegate/platform/configuration/configuration';
import { loadSettings, problemText, type Settings } from '@tidegate/platform/configuration/config';
import { withoutSecrets } from '@tidegate/platform/configuration/secrets';
import { newInvitation } from '@tidegate/platform/identity/invitations';
import { Tokens } from '@tidegate/platform/identity/tokens';
import { systemClock } from '@tidegate/platform/observe/clock';
import { migrate, migrationFiles, pendingMigrationNames } from '@tidegate/platform/sql/database';
import { documentKinds } from '@tidegate/wire/changes';
import { idText } from '@tidegate/wire/decimals';
import { parse } from 'yaml';
import { z } from 'zod';
import { houseDocuments } from '../../start/administrator.ts';
import { splitter, type Own } from '../command.ts';
import { openOperator } from '../operator.ts';
import { writeFolder, type Entry } from '../remote/folder.ts';
import { Refused, wrongly } from '../remote/remote.ts';
import { keepSecret } from '../remote/users.ts';
import type { HostCommand } from './host.ts';

const answers = z.strictObject({
  administrator: z.strictObject({ id: idText.default('admin'), name: z.string().min(1) }),
  house: z
    .strictObject({
      id: idText.max(32).default('house'),
      name: z.string().min(1).default('House'),
      creditCurrency: z
        .string()
        .regex(/^[A-Z]{3}$/)
        .default('USD'),
    })
    .prefault({}),
});
type Answers = z.infer<typeof answers>;

const invitationMs = 3 * 24 * 3_600_000;
const split = splitter(['file', 'folder', 'invitation-file'], ['json']);

export const initCommand: HostCommand = {
  name: 'init',
  usage: 'init [--file FILE] [--folder FOLDER]',
  about: 'Prepare an empty production on this host.',
  details: `init [--file FILE] [--folder FOLDER] [--invitation-file FILE] [--json] [--setting value …]
Asks who the administrator is, or reads it from FILE:

  administrator: { id: admin, name: Ann Miller }
  house: { id: house, name: Northbank, creditCurrency: USD }

FOLDER (./tidegate) gets tidegate.env, the settings to start with, and configuration/, a folder for Git.
The administrator's invitation is shown once, or written to --invitation-file.`,
  async run(args, log) {
    const { own, rest } = split(args);
    const settings = settingsOf(rest);
    const asked = await answersOf(own);
    const folder = own.get('folder') ?? './tidegate';
    mkdirSync(settings.dataDir, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
    await firstTables(settings);
    await Tokens.open({ clock: systemClock, revocations: none, keyFile: settings.tokenKeyFile });
    openSigner(settings.auditKeyFile);
    const operator = await openOperator(settings, log, new AbortController().signal);
    let token: string;
    try {
      const configuration = await operator.configuration();
      token = await firstDocuments(configuration, asked);
      writeFolder(join(folder, 'configuration'), await allOf(configuration));
    } finally {
      await operator.close();
    }
    writeFileSync(join(folder, 'tidegate.env'), environmentOf(settings, rest), { mode: 0o600 });
    tell(own, { folder, administrator: asked.administrator.id, invitation: token });
    return 0;
  },
};

const none = { isRevoked: async () => false, revoke: async () => undefined };

function settingsOf(rest: readonly string[]): Settings {
  const settings = loadSettings(undefined, withProfile(rest));
  if (Array.isArray(settings)) throw new Refused('SETTINGS', settings.map(problemText).join('\n'), 2);
  if (settings.profile !== 'production') throw wrongly('init prepares a production, not a demo');
  return settings;
}

export const withProfile = (rest: readonly string[]): readonly string[] =>
  rest.some((one) => one.startsWith('--profile')) ? rest : ['--profile', 'production', ...rest];

async function answersOf(own: Own): Promise<Answers> {
  const file = own.get('file');
  const given: unknown = file === undefined ? await interview() : parse(readFileSync(file, 'utf8'));
  const parsed = answers.safeParse(given);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new Refused('ANSWERS', issues.join('; '), 2);
}

async function interview(): Promise<unknown> {
  if (!process.stdin.isTTY) throw wrongly('without a terminal give --file');
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const ask = async (what: string, otherwise: string): Promise<string> =>
    (await lines.question(`${what} [${otherwise}]: `)).trim() || otherwise;
  try {
    return {
      administrator: {
        id: await ask('Administrator, sign-in name', 'admin'),
        name: await ask('Administrator, name', 'Administrator'),
      },
      house: {
        id: await ask('Your own firm, id', 'house'),
        name: await ask('Your own firm, name', 'House'),
        creditCurrency: await ask('Its credit currency', 'USD'),
      },
    };
  } finally {
    lines.close();
  }
}

/** Of a database by URL that has none yet; one that has some is left to the platform's own upgrade. */
async function firstTables({ databaseUrl }: Settings): Promise<void> {
  if (databaseUrl === undefined) return;
  const pending = await pendingMigrationNames(databaseUrl);
  if (pending.length === migrationFiles().length) await migrate(databaseUrl);
}

async function firstDocuments(configuration: Configuration, asked: Answers): Promise<string> {
  if (configuration.current.version > 0)
    throw new Refused('ALREADY_INITIALISED', 'this database has a configuration already');
  const { id, name } = asked.administrator;
  const { token, invitation } = newInvitation(id, systemClock.nowMs() + invitationMs);
  const changes = houseDocuments({ house: asked.house, user: { id, name, passwordHash: '', invitation } });
  const note = { reason: 'first administrator', changeset: randomUUID() };
  const result = await configuration.apply(changes, 'tidegate init', note);
  if (result.result === 'refused') throw new Refused(result.code, result.text);
  return token;
}

async function allOf(configuration: Configuration): Promise<readonly Entry[]> {
  const found: Entry[] = [];
  for (const kind of documentKinds)
    for (const { id, body } of await configuration.list(kind))
      found.push({ kind, id, document: withoutSecrets(kind, body) });
  return found;
}

/** What was given as arguments, none of which is a secret. */
function environmentOf({ dataDir }: Settings, rest: readonly string[]): string {
  const given = new Map([
    ['PROFILE', 'production'],
    ['DATA_DIR', dataDir],
  ]);
  const words = rest.flatMap((word) => (word.startsWith('--') ? word.split(/=(.*)/s).slice(0, 2) : [word]));
  for (let index = 0; index + 1 < words.length; index += 2)
    given.set(words[index]!.slice(2).toUpperCase().replaceAll('-', '_'), words[index + 1]!);
  return [...given].map(([name, value]) => `${name}=${value}\n`).join('');
}

function tell(
  own: Own,
  told: { readonly folder: string; readonly administrator: string; readonly invitation: string },
): void {
  const file = own.get('invitation-file');
  if (file !== undefined) keepSecret(file, told.invitation);
  const { invitation: _shown, ...rest } = told;
  if (own.has('json')) {
    process.stdout.write(`${JSON.stringify(file === undefined ? told : { ...rest, file })}\n`);
    return;
  }
  const where = file === undefined ? `:\n${told.invitation}` : ` in ${file}`;
  process.stdout.write(
    [
      `Prepared. Settings: ${join(told.folder, 'tidegate.env')}`,
      `Configuration: ${join(told.folder, 'configuration')}`,
      `Invitation of ${told.administrator}, good once for three days${where}`,
      'Start the platform with these settings, then: tidegate accept --url URL',
      '',
    ].join('\n'),
  );
}
