/** `tidegate users`, `firms` and `fix-clients`, and how one signs in. */
import { chmodSync, writeFileSync } from 'node:fs';
import type { ChangeAnswer, DocumentView } from '@tidegate/wire/changes';
import type { LoginResponse } from '@tidegate/wire/rest';
import { changeOne, resultText } from './config.ts';
import {
  answer,
  type Asked,
  keepSession,
  Remote,
  secretOf,
  table,
  wrongly,
  type RemoteCommand,
} from './remote.ts';

export const signInCommand: RemoteCommand = {
  name: 'sign-in',
  usage: 'sign-in --url URL --user USER',
  about: 'Sign in to a running platform; the commands after it go by that.',
  details: `sign-in --url URL --user USER [--password-file FILE] [--session FILE]
The password is asked for on a terminal, and otherwise read from the file or the first line of standard input.
The token is kept in ~/.tidegate/session.json, or where --session says, readable by its owner only.`,
  async run(asked) {
    const [url, user] = [asked.needed('url'), asked.needed('user')];
    const password = await secretOf(asked, 'password-file');
    const { token, expiresAt } = await new Remote(url).post<LoginResponse>('login', { user, password });
    keepSession(asked, { url, token, user });
    answer(asked, { user, expiresAt }, () => `signed in as ${user} until ${expiresAt}`);
    return 0;
  },
};

export const acceptCommand: RemoteCommand = {
  name: 'accept',
  usage: 'accept --url URL',
  about: 'Give yourself a password by an invitation.',
  details: `accept --url URL [--invitation-file FILE] [--password-file FILE]
Both are asked for on a terminal; otherwise they are read from the files, or two lines of standard input.`,
  async run(asked) {
    const remote = new Remote(asked.needed('url'));
    const token = await secretOf(asked, 'invitation-file');
    const password = await secretOf(asked, 'password-file');
    await remote.post('invitations/accept', { token, password });
    answer(asked, { result: 'done' }, () => 'the password is set: sign in with it');
    return 0;
  },
};

type Verb = (asked: Asked, remote: Remote, id: string) => Promise<number>;

/** `list`, and what is done to one of them. */
function command(
  { name, usage, about, details }: Omit<RemoteCommand, 'run'>,
  list: (asked: Asked, remote: Remote) => Promise<number>,
  verbs: Readonly<Record<string, Verb>>,
): RemoteCommand {
  return {
    name,
    usage,
    about,
    details,
    run(asked) {
      const verb = asked.word(0, ['list', ...Object.keys(verbs)].join(', '));
      const remote = Remote.signedIn(asked);
      if (verb === 'list') return list(asked, remote);
      if (!Object.hasOwn(verbs, verb)) throw wrongly(`${name} has no ${verb}`);
      return verbs[verb]!(asked, remote, asked.word(1, 'ID'));
    },
  };
}

const told = (asked: Asked, done: ChangeAnswer): number => {
  answer(asked, done, () => resultText(done));
  return 0;
};

const enabling =
  (kind: 'user' | 'fixClient', disabled: boolean): Verb =>
  async (asked, remote, id) =>
    told(asked, await changeOne(asked, remote, kind, id, { disabled }));

export const usersCommand = command(
  {
    name: 'users',
    usage: 'users list|add|set|invite|disable|enable|end-sessions …',
    about: 'Users: who they are, and what they may.',
    details: `users list
users add ID --name NAME --role ROLE --firm FIRM --account ACCOUNT --reason WHY   and an invitation for them
users set ID [--name …] [--role …] [--firm …] [--account …] --reason WHY
users invite ID --reason WHY           a one-time token, shown once: the first password, or another
users disable|enable ID --reason WHY   disable: out everywhere at once
users end-sessions ID --reason WHY
With --invitation-file FILE the token goes there and not to the terminal.`,
  },
  async (asked, remote) => {
    const found = await remote.get<DocumentView[]>('configuration/user');
    answer(asked, found, () =>
      table(
        ['ID', 'NAME', 'ROLE', 'FIRM', 'STATE'],
        found.map(({ id, document, hasPassword }) => [
          id,
          document['name'],
          document['role'],
          document['firm'],
          document['disabled'] === true ? 'disabled' : hasPassword === true ? 'active' : 'invited',
        ]),
      ),
    );
    return 0;
  },
  {
    add: async (asked, remote, id) => {
      const fields = ['name', 'role', 'firm', 'account'] as const;
      const document: Readonly<Record<string, string>> = {
        id,
        ...Object.fromEntries(fields.map((name) => [name, asked.needed(name)] as const)),
      };
      const reason = asked.needed('reason');
      await remote.post(`configuration/user/${id}`, { document, basedOn: 0, reason });
      return invite(asked, remote, id);
    },
    set: async (asked, remote, id) => {
      const names = ['name', 'role', 'firm', 'account'] as const;
      const given = names.flatMap((name) => {
        const value = asked.value(name);
        return value === undefined ? [] : [[name, value] as const];
      });
      if (given.length === 0) throw wrongly('nothing to set');
      return told(asked, await changeOne(asked, remote, 'user', id, Object.fromEntries(given)));
    },
    invite,
    disable: enabling('user', true),
    enable: enabling('user', false),
    'end-sessions': async (asked, remote, id) => {
      await remote.post(`users/${id}/end-sessions`, { reason: asked.needed('reason') });
      answer(asked, { result: 'done' }, () => `all sign-ins of ${id} are ended`);
      return 0;
    },
  },
);

async function invite(asked: Asked, remote: Remote, id: string): Promise<number> {
  const reason = asked.needed('reason');
  const made = await remote.post<{ token: string; expiresAt: string }>(`users/${id}/invitation`, { reason });
  const { token, expiresAt } = made;
  const file = asked.value('invitation-file');
  if (file !== undefined) keepSecret(file, token);
  answer(asked, file === undefined ? made : { file, expiresAt }, () =>
    file === undefined
      ? `invitation, good once until ${expiresAt}:\n${token}`
      : `invitation in ${file}, good once until ${expiresAt}`,
  );
  return 0;
}

export function keepSecret(file: string, secret: string): void {
  writeFileSync(file, `${secret}\n`, { mode: 0o600 });
  chmodSync(file, 0o600);
}

export const firmsCommand = command(
  {
    name: 'firms',
    usage: 'firms list',
    about: 'Firms with their tiers and limits.',
    details: 'firms list     `config` creates and changes them',
  },
  async (asked, remote) => {
    const found = await remote.get<DocumentView[]>('configuration/firm');
    answer(asked, found, () =>
      table(
        ['ID', 'NAME', 'TIER', 'ACCOUNTS', 'ORDER MAX', 'OPEN MAX', 'ORDERS/S'],
        found.map(({ id, document }) => {
          const limits = document['limits'] as Readonly<Record<string, unknown>>;
          const accounts = (document['accounts'] as readonly { readonly id: string }[]).map((one) => one.id);
          const most = `${String(limits['orderNotionalMax'])} ${String(document['creditCurrency'])}`;
          const rates = [limits['openOrdersMax'], limits['ordersPerSecondMax']];
          return [id, document['name'], document['tier'], accounts.join(','), most, ...rates];
        }),
      ),
    );
    return 0;
  },
  {},
);

export const fixClientsCommand = command(
  {
    name: 'fix-clients',
    usage: 'fix-clients list|password|disable|enable …',
    about: 'FIX clients: their passwords, and whether they may log on.',
    details: `fix-clients list
fix-clients password ID --reason WHY       a new one, shown once; --password-file FILE: written there instead
fix-clients disable|enable ID --reason WHY disable: its sessions are ended at once`,
  },
  async (asked, remote) => {
    const found = await remote.get<DocumentView[]>('configuration/fixClient');
    answer(asked, found, () =>
      table(
        ['ID', 'FIRM', 'COMP ID', 'RIGHTS', 'LISTENERS', 'STATE'],
        found.map(({ id, document, hasPassword }) => [
          id,
          document['firm'],
          document['senderCompId'],
          (document['rights'] as readonly string[]).join(','),
          (document['listeners'] as readonly string[]).join(','),
          document['disabled'] === true ? 'disabled' : hasPassword === true ? 'active' : 'without password',
        ]),
      ),
    );
    return 0;
  },
  {
    password: async (asked, remote, id) => {
      const body = { reason: asked.needed('reason') };
      const made = await remote.post<{ password: string }>(`fix-clients/${id}/password`, body);
      const file = asked.value('password-file');
      if (file !== undefined) keepSecret(file, made.password);
      answer(asked, file === undefined ? made : { file }, () => file ?? made.password);
      return 0;
    },
    disable: enabling('fixClient', true),
    enable: enabling('fixClient', false),
  },
);
