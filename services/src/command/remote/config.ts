/** `tidegate config`: the configuration of a running platform, document by document or as a folder. */
import {
  documentKinds,
  type ChangeAnswer,
  type DocumentVersionView,
  type DocumentView,
  type ScheduledChangeset,
} from '@tidegate/wire/changes';
import { documents, type DocumentKind } from '@tidegate/wire/configuration';
import { differences, differenceText, type Difference } from '@tidegate/wire/differences';
import { readFolder, writeFolder, yamlOf, type Entry } from './folder.ts';
import { agreed, answer, Refused, Remote, table, wrongly, type Asked, type RemoteCommand } from './remote.ts';

/** There are differences. */
const different = 3;

export const configCommand: RemoteCommand = {
  name: 'config',
  usage: 'config list|get|history|diff|apply|export|retire|rollback|scheduled|cancel …',
  about: 'Read and change the configuration of a running platform.',
  details: `config list [KIND]              kinds, or the documents of one
config get KIND ID             a document as YAML
config history KIND ID         who changed it when and why, and what was different
config retire KIND ID --reason WHY [--dry-run] [--at TIME]
config rollback KIND ID VERSION --reason WHY [--dry-run] [--at TIME]
                               an earlier version of a document again, its secrets apart
config scheduled               changes that were or are left for later
config cancel CHANGESET --reason WHY
config export FOLDER           all documents as <kind>/<id>.yaml, without secrets
config diff FOLDER [--prune]   what applying the folder would change; exit code 3 when anything
config apply FOLDER --reason WHY [--dry-run] [--at TIME] [--prune] [--yes]
                               all of it as one change, or none; --prune retires what is not in the folder`,
  run(asked) {
    const verb = asked.word(0, 'what to do with it');
    const verbs: Readonly<Record<string, (asked: Asked, remote: Remote) => Promise<number>>> = {
      list,
      get,
      history,
      export: exportAll,
      diff,
      apply,
      retire,
      rollback,
      scheduled,
      cancel,
    };
    const run = verbs[verb];
    if (run === undefined || !Object.hasOwn(verbs, verb)) throw wrongly(`config has no ${verb}`);
    return run(asked, Remote.signedIn(asked));
  },
};

export const kindOf = (text: string): DocumentKind => {
  const kind = documentKinds.find((one) => one === text);
  if (kind === undefined) throw wrongly(`no kind ${text}; there are ${documentKinds.join(', ')}`);
  return kind;
};

async function list(asked: Asked, remote: Remote): Promise<number> {
  if (asked.words[1] === undefined) {
    const found = await remote.get<{ kinds: { kind: string; documents: number }[] }>('configuration');
    answer(asked, found, () =>
      table(
        ['KIND', 'DOCUMENTS'],
        found.kinds.map(({ kind, documents: count }) => [kind, count]),
      ),
    );
    return 0;
  }
  const found = await remote.get<DocumentView[]>(`configuration/${kindOf(asked.words[1])}`);
  answer(asked, found, () => documentTable(found));
  return 0;
}

const documentTable = (found: readonly DocumentView[]): string =>
  table(
    ['ID', 'NAME', 'VERSION', 'CHANGED', 'BY', 'WHY'],
    found.map(({ id, document, version, changedAt, changedBy, reason }) => [
      id,
      document['name'] ?? document['symbol'],
      version,
      changedAt,
      changedBy,
      reason,
    ]),
  );

async function get(asked: Asked, remote: Remote): Promise<number> {
  const kind = kindOf(asked.word(1, 'KIND'));
  const found = await remote.get<DocumentView>(`configuration/${kind}/${asked.word(2, 'ID')}`);
  answer(asked, found, () => yamlOf(found).trimEnd());
  return 0;
}

async function history(asked: Asked, remote: Remote): Promise<number> {
  const kind = kindOf(asked.word(1, 'KIND'));
  const found = await remote.get<DocumentVersionView[]>(
    `configuration/${kind}/${asked.word(2, 'ID')}/history`,
  );
  answer(asked, found, () =>
    found
      .map(({ version, changedAt, changedBy, reason, differences: changed, secretsChanged }) =>
        [
          `${version}  ${changedAt}  ${changedBy}  ${reason}`,
          ...changed.map((one) => `    ${differenceText(one)}`),
          ...secretsChanged.map((name) => `    ${name}: another`),
        ].join('\n'),
      )
      .join('\n'),
  );
  return 0;
}

async function allOf(remote: Remote): Promise<readonly DocumentView[]> {
  const found: DocumentView[] = [];
  for (const kind of documentKinds)
    found.push(...(await remote.get<DocumentView[]>(`configuration/${kind}`)));
  return found;
}

async function exportAll(asked: Asked, remote: Remote): Promise<number> {
  const folder = asked.word(1, 'FOLDER');
  const found = await allOf(remote);
  writeFolder(folder, found);
  answer(asked, { folder, documents: found.length }, () => `${found.length} documents in ${folder}`);
  return 0;
}

interface Change {
  readonly kind: DocumentKind;
  readonly id: string;
  readonly basedOn: number;
  /** Null: it is to be retired. */
  readonly document: Entry['document'] | null;
  readonly differences: readonly Difference[];
}

/** What makes the platform as the folder is. Passwords and the like stay as they are there. */
export function changesOf(
  folder: readonly Entry[],
  platform: readonly DocumentView[],
  prunes: boolean,
): readonly Change[] {
  const there = new Map(platform.map((one) => [`${one.kind}/${one.id}`, one]));
  const changed = folder.flatMap(({ kind, id, document }): Change[] => {
    const before = there.get(`${kind}/${id}`);
    there.delete(`${kind}/${id}`);
    const after = withDefaults({ kind, id, document });
    const found = differences(before === undefined ? undefined : withDefaults(before), after);
    const basedOn = before?.version ?? 0;
    return found.length === 0 ? [] : [{ kind, id, basedOn, document, differences: found }];
  });
  if (!prunes) return changed;
  const gone = [...there.values()].map(({ kind, id, version, document }) => {
    return { kind, id, basedOn: version, document: null, differences: differences(document, undefined) };
  });
  return [...changed, ...gone];
}

/** As it would be stored; what is no document of its kind is left for the platform to refuse. */
function withDefaults({ kind, document }: Entry): Entry['document'] {
  const stored = documents[kind].safeParse(document).data as Entry['document'] | undefined;
  return stored === undefined ? document : { ...stored, ...document };
}

function changeText(changes: readonly Change[]): string {
  if (changes.length === 0) return 'nothing to change';
  return changes
    .map(({ kind, id, basedOn, document, differences: found }) => {
      if (document === null) return `- ${kind} ${id}`;
      if (basedOn === 0) return `+ ${kind} ${id}`;
      return [`~ ${kind} ${id}`, ...found.map((one) => `    ${differenceText(one)}`)].join('\n');
    })
    .join('\n');
}

async function diff(asked: Asked, remote: Remote): Promise<number> {
  const folder = readFolder(asked.word(1, 'FOLDER'));
  const changes = changesOf(folder, await allOf(remote), asked.has('prune'));
  answer(asked, changes, () => changeText(changes));
  return changes.length === 0 ? 0 : different;
}

async function apply(asked: Asked, remote: Remote): Promise<number> {
  const folder = readFolder(asked.word(1, 'FOLDER'));
  const reason = asked.needed('reason');
  const changes = changesOf(folder, await allOf(remote), asked.has('prune'));
  if (changes.length === 0) {
    answer(asked, { result: 'unchanged', changes: [], effects: [] }, () => 'nothing to change');
    return 0;
  }
  const [dryRun, at] = [asked.has('dry-run'), asked.value('at')];
  const body = {
    changes: changes.map(({ kind, id, document, basedOn }) => ({ kind, id, document, basedOn })),
    reason,
    ...(at === undefined ? {} : { at }),
  };
  if (!dryRun && process.stdin.isTTY && !asked.has('yes')) {
    const would = await remote.post<ChangeAnswer>('changesets', { ...body, dryRun: true });
    process.stderr.write(`${changeText(changes)}\n${effectText(would)}\n`);
    if (!(await agreed(asked, 'Apply?'))) throw new Refused('NOT_AGREED', 'nothing was changed');
  }
  const done = await remote.post<ChangeAnswer>('changesets', { ...body, dryRun });
  answer(asked, done, () =>
    [changeText(changes), effectText(done), resultText(done)].filter(Boolean).join('\n'),
  );
  return 0;
}

async function retire(asked: Asked, remote: Remote): Promise<number> {
  const [kind, id] = [kindOf(asked.word(1, 'KIND')), asked.word(2, 'ID')];
  const { version } = await remote.get<DocumentView>(`configuration/${kind}/${id}`);
  return tell(asked, await remote.post(`configuration/${kind}/${id}/retire`, basedOn(asked, version)));
}

/** Also of a document that was retired: history knows it. */
async function rollback(asked: Asked, remote: Remote): Promise<number> {
  const [kind, id] = [kindOf(asked.word(1, 'KIND')), asked.word(2, 'ID')];
  const to = Number(asked.word(3, 'VERSION'));
  const [now] = await remote.get<DocumentVersionView[]>(`configuration/${kind}/${id}/history`);
  const version = now === undefined || now.document === null ? 0 : now.version;
  const body = { to, ...basedOn(asked, version) };
  return tell(asked, await remote.post(`configuration/${kind}/${id}/rollback`, body));
}

function basedOn(asked: Asked, version: number): object {
  const at = asked.value('at');
  const more = at === undefined ? {} : { at };
  return { basedOn: version, reason: asked.needed('reason'), dryRun: asked.has('dry-run'), ...more };
}

function tell(asked: Asked, done: ChangeAnswer): number {
  answer(asked, done, () => [effectText(done), resultText(done)].filter(Boolean).join('\n'));
  return 0;
}

async function scheduled(asked: Asked, remote: Remote): Promise<number> {
  const found = await remote.get<ScheduledChangeset[]>('changesets');
  answer(asked, found, () =>
    table(
      ['CHANGESET', 'AT', 'STATE', 'BY', 'WHY', 'DOCUMENTS', 'OUTCOME'],
      found.map(({ id, at, state, by, reason, documents: of, outcome }) => {
        return [id, at, state, by, reason, of.map((one) => `${one.kind}/${one.id}`).join(' '), outcome];
      }),
    ),
  );
  return 0;
}

async function cancel(asked: Asked, remote: Remote): Promise<number> {
  const id = asked.word(1, 'CHANGESET');
  await remote.post(`changesets/${id}/cancel`, { reason: asked.needed('reason') });
  answer(asked, { result: 'canceled', changeset: id }, () => `${id} is canceled`);
  return 0;
}

const effectText = ({ effects }: ChangeAnswer): string =>
  effects.map(({ kind, subject, text }) => `! ${kind} ${subject}: ${text}`).join('\n');

export const resultText = ({ result, version, changeset }: ChangeAnswer): string =>
  result === 'done'
    ? `done, version ${version}`
    : result === 'scheduled'
      ? `waits for its time as ${changeset}`
      : result === 'wouldBeDone'
        ? 'would be done; nothing was changed'
        : 'nothing to change';

/** One document, changed by what somebody says; told as one line. */
export async function changeOne(
  asked: Asked,
  remote: Remote,
  kind: DocumentKind,
  id: string,
  fields: Entry['document'],
): Promise<ChangeAnswer> {
  const before = await remote.get<DocumentView>(`configuration/${kind}/${id}`);
  return remote.post<ChangeAnswer>(`configuration/${kind}/${id}`, {
    document: { ...before.document, ...fields },
    basedOn: before.version,
    reason: asked.needed('reason'),
    dryRun: asked.has('dry-run'),
  });
}
