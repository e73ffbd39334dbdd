/** `tidegate keys`: keys of programs. */
import { apiKeyLimits, type ApiKeyView, type NewApiKeyAnswer } from '@tidegate/wire/api.keys';
import { answer, Remote, table, wrongly, type RemoteCommand } from './remote.ts';
import { keepSecret } from './users.ts';

const listed = (text: string | undefined): readonly string[] =>
  (text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

const stateOf = ({ revokedAt, expiresAt }: ApiKeyView): string => {
  if (revokedAt !== null) return 'revoked';
  return Date.parse(expiresAt) <= Date.now() ? 'expired' : 'good';
};

export const keysCommand: RemoteCommand = {
  name: 'keys',
  usage: 'keys list|create|revoke …',
  about: 'Keys of programs: what they may, from where and until when.',
  details: `keys list USER
keys create USER --name NAME --rights trade,cancel --days 90 [--addresses 10.1.0.0/16,…] --reason WHY
    shown once; --key-file FILE: written there instead. USER has the role service.
keys revoke KEY --reason WHY           its id, the part between the first and the second _: out at once`,
  async run(asked) {
    const verb = asked.word(0, 'list, create, revoke');
    const remote = Remote.signedIn(asked);
    if (verb === 'list') {
      const found = await remote.get<ApiKeyView[]>(`users/${asked.word(1, 'USER')}/keys`);
      answer(asked, found, () =>
        table(
          ['KEY', 'NAME', 'RIGHTS', 'FROM', 'STATE', 'EXPIRES', 'LAST USED'],
          found.map((key) => [
            ...[key.id, key.name, key.rights.join(','), key.addresses.join(',') || 'anywhere'],
            ...[stateOf(key), key.expiresAt, key.usedAt === null ? 'never' : `${key.usedAt} ${key.usedFrom}`],
          ]),
        ),
      );
      return 0;
    }
    if (verb === 'create') {
      const user = asked.word(1, 'USER');
      const days = Number(asked.needed('days'));
      if (!Number.isInteger(days) || days < 1 || days > apiKeyLimits.daysMax)
        throw wrongly(`--days is a whole number from 1 to ${apiKeyLimits.daysMax}`);
      const [rights, addresses] = [listed(asked.needed('rights')), listed(asked.value('addresses'))];
      const body = { name: asked.needed('name'), rights, addresses, days, reason: asked.needed('reason') };
      const made = await remote.post<NewApiKeyAnswer>(`users/${user}/keys`, body);
      const file = asked.value('key-file');
      if (file !== undefined) keepSecret(file, made.key);
      answer(asked, file === undefined ? made : { file, details: made.details }, () => file ?? made.key);
      return 0;
    }
    if (verb !== 'revoke') throw wrongly(`keys has no ${verb}`);
    const key = asked.word(1, 'KEY');
    await remote.post(`keys/${key}/revoke`, { reason: asked.needed('reason') });
    answer(asked, { result: 'done' }, () => `${key} is revoked`);
    return 0;
  },
};
