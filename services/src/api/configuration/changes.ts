/**
 * Changes of configuration as they are asked for: who may, what it comes to, what it does beside; then done,
 * left for later, or only said. What is so already is not changed again.
 */
import { randomUUID } from 'node:crypto';
import type { Bus } from '@tidegate/platform/bus/bus';
import type {
  ChangeNote,
  Configuration,
  ConfigurationRefusal,
  ConfigurationSnapshot,
  DocumentChange,
} from '@tidegate/platform/configuration/configuration';
import type { ConfigurationSchedule } from '@tidegate/platform/configuration/schedule';
import { faultOf, withoutSecrets, withSecretsOf } from '@tidegate/platform/configuration/secrets';
import type { Clock } from '@tidegate/platform/observe/clock';
import type { SystemEvents } from '@tidegate/platform/observe/system.events';
import type { ChangeAnswer, ChangesetRequest, Effect } from '@tidegate/wire/changes';
import type { PartitionUsage } from '@tidegate/wire/commands';
import { documents, type DocumentKind } from '@tidegate/wire/configuration';
import { differences } from '@tidegate/wire/differences';
import { changeNeeds } from '@tidegate/wire/permissions';
import { usageTopic } from '@tidegate/wire/topics';
import { assertMay, type Identity } from '../identity.ts';
import { ApiProblem } from '../problem.ts';
import type { SessionTable } from '../session.table.ts';
import { effectsOf, firmsAsked } from './effects.ts';

export interface ConfigurationChangesOptions {
  readonly configuration: Configuration;
  readonly schedule: ConfigurationSchedule;
  readonly bus: Bus;
  readonly table: SessionTable;
  readonly events: SystemEvents;
  readonly clock: Clock;
}

type Asked = ChangesetRequest['changes'][number];
type Told = ChangeAnswer['changes'][number];
type Fields = Readonly<Record<string, unknown>>;

interface Planned {
  readonly changes: readonly DocumentChange[];
  readonly told: Told[];
}

const usageMs = 1_000;
const toldMax = 20;
const singlesMax = 5;

/** HTTP status of each refusal. */
export const refusalStatus: Readonly<Record<ConfigurationRefusal['code'], number>> = {
  INVALID_DOCUMENT: 422,
  INSTRUMENT_SCALE: 422,
  INSTRUMENT_QUANTITIES: 422,
  INSTRUMENT_TERMS: 422,
  DANGLING_REFERENCE: 422,
  DUPLICATE: 422,
  UNKNOWN_DOCUMENT: 404,
  IN_USE: 409,
  LAST_ADMINISTRATOR: 409,
  VERSION_CONFLICT: 409,
  OWNER_SILENT: 503,
};

export class ConfigurationChanges {
  private readonly options: ConfigurationChangesOptions;

  constructor(options: ConfigurationChangesOptions) {
    this.options = options;
  }

  /** Throws ApiProblem. */
  async carryOut(
    caller: Identity,
    { changes: asked, reason, dryRun, at }: ChangesetRequest,
  ): Promise<ChangeAnswer> {
    for (const { kind } of asked) assertMay(caller, changeNeeds[kind]);
    const { configuration, clock } = this.options;
    const { changes, told } = await this.plan(asked);
    const answer = { changes: told, effects: [] as Effect[] };
    if (changes.length === 0)
      return { ...answer, result: 'unchanged', version: configuration.current.version };
    const before = configuration.current;
    const previewed = await configuration.preview(changes);
    if (previewed.result === 'refused') throw await this.problemOf(previewed, asked);
    const effects = [...(await this.effects(before, previewed.snapshot))];
    const { version } = configuration.current;
    if (dryRun) return { ...answer, result: 'wouldBeDone', version, effects };
    const note = { reason, changeset: randomUUID() };
    if (at !== undefined) {
      if (Date.parse(at) <= clock.nowMs())
        throw new ApiProblem(422, 'SCHEDULE_PAST', `${at} is not in the future`);
      const by = { by: caller.user.id, reason };
      if (!(await this.options.schedule.add(note.changeset, at, changes, by)))
        throw new ApiProblem(429, 'SCHEDULE_FULL', 'too many changes wait for their time already');
      return { ...answer, result: 'scheduled', version, changeset: note.changeset, effects };
    }
    const done = await this.store(caller, changes, note, asked);
    return { ...answer, result: 'done', version: done, changeset: note.changeset, effects };
  }

  /** One document, its secrets too, changed by the platform for the caller: passwords, invitations. */
  async putSecret(
    by: string,
    change: DocumentChange,
    note: Pick<ChangeNote, 'reason'>,
  ): Promise<{ readonly version: number } | ConfigurationRefusal> {
    const full = { ...note, changeset: randomUUID() };
    const result = await this.options.configuration.apply([change], by, full);
    if (result.result === 'done') this.record(by, [change], full.reason);
    return result;
  }

  async problemOf({ code, text }: ConfigurationRefusal, asked: readonly Asked[] = []): Promise<ApiProblem> {
    if (code !== 'VERSION_CONFLICT') return new ApiProblem(refusalStatus[code], code, text);
    const { configuration } = this.options;
    for (const { kind, id, document, basedOn } of asked) {
      const [current] = await configuration.list(kind, id);
      if ((current?.version ?? 0) === basedOn) continue;
      const theirs = current === undefined ? null : withoutSecrets(kind, current.body);
      const conflict = {
        kind,
        id,
        version: current?.version ?? 0,
        changedBy: current?.changedBy ?? '',
        changedAt: current?.changedAt ?? '',
        theirs,
        yours: document,
        differences: [...differences(theirs ?? undefined, document ?? undefined)],
      };
      return new ApiProblem(409, 'VERSION_CONFLICT', text, { conflict });
    }
    return new ApiProblem(409, 'VERSION_CONFLICT', text);
  }

  private async store(
    { user }: Identity,
    changes: readonly DocumentChange[],
    note: ChangeNote,
    asked: readonly Asked[],
  ): Promise<number> {
    const result = await this.options.configuration.apply(changes, user.id, note);
    if (result.result === 'refused') throw await this.problemOf(result, asked);
    this.record(user.id, changes, note.reason);
    return result.version;
  }

  private record(by: string, changes: readonly DocumentChange[], reason: string): void {
    for (const { kind, id, body } of changes.slice(0, toldMax)) {
      const what = body === null ? 'retired' : 'changed';
      const text = `${kind} ${id} ${what} by ${by}: ${reason}`;
      this.options.events.record({ kind: 'configurationChanged', severity: 'info', subject: id, text });
    }
    if (changes.length <= toldMax) return;
    const text = `${changes.length - toldMax} more documents changed by ${by}: ${reason}`;
    this.options.events.record({ kind: 'configurationChanged', severity: 'info', subject: by, text });
  }

  private async plan(asked: readonly Asked[]): Promise<Planned> {
    const stored = await this.storedOf(asked);
    const changes: DocumentChange[] = [];
    const told: Told[] = [];
    const seen = new Set<string>();
    for (const { kind, id, document, basedOn } of asked) {
      const name = `${kind}/${id}`;
      if (seen.has(name)) throw new ApiProblem(422, 'INVALID_DOCUMENT', `${kind} ${id} is there twice`);
      seen.add(name);
      const before = stored.get(name);
      const fault = document === null ? undefined : faultOf(kind, document);
      if (fault !== undefined) throw new ApiProblem(422, 'INVALID_DOCUMENT', `${kind} ${id}: ${fault}`);
      const body = document === null ? null : withSecretsOf(kind, document, before);
      const after = body === null ? undefined : shown(kind, complete(kind, body));
      const found = differences(before === undefined ? undefined : shown(kind, before), after);
      if (body !== null && found.length === 0) continue;
      changes.push({ kind, id, body, expectedVersion: basedOn });
      const what = body === null ? 'retired' : before === undefined ? 'created' : 'changed';
      told.push({ kind, id, what, differences: [...found] });
    }
    return { changes, told };
  }

  /** Few by themselves, many with all of their kind. */
  private async storedOf(asked: readonly Asked[]): Promise<ReadonlyMap<string, Fields>> {
    const { configuration } = this.options;
    const kinds = [...new Set(asked.map(({ kind }) => kind))];
    const lists =
      asked.length <= singlesMax
        ? asked.map(({ kind, id }) => configuration.list(kind, id))
        : kinds.map((kind) => configuration.list(kind));
    const found = (await Promise.all(lists)).flat();
    return new Map(found.map(({ kind, id, body }) => [`${kind}/${id}`, body as Fields]));
  }

  private async effects(
    before: ConfigurationSnapshot,
    after: ConfigurationSnapshot,
  ): Promise<readonly Effect[]> {
    const { bus, table } = this.options;
    const usage = new Map<string, PartitionUsage | undefined>();
    await Promise.all(
      firmsAsked({ before, after }).map(async (firm) => {
        const asked = bus.request(usageTopic(firm), { partition: firm }, { timeoutMs: usageMs });
        usage.set(firm, await asked.catch(() => undefined));
      }),
    );
    const sessions = table.of({ firm: undefined, seesProviders: true });
    return effectsOf({ before, after }, { sessions, usage });
  }
}

const shown = (kind: DocumentKind, body: Fields): Fields => withoutSecrets(kind, body);

/** With the defaults that it is stored with; as it is where it is refused later. */
const complete = (kind: DocumentKind, body: Fields): Fields =>
  (documents[kind].safeParse(body).data as Fields | undefined) ?? body;
