/** `tidegate instances` and `drain`: the processes of a running platform, and how one leaves. */
import { writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { movedFrom, type DrainAnswer, type InstanceView, type Moved } from '@tidegate/wire/instances';
import type { LeaseView } from '@tidegate/wire/leases';
import { agreed, answer, Refused, Remote, table, wrongly, type RemoteCommand } from './remote.ts';

const lookMs = 200;
const timeoutSecondsDefault = 60;

export const instancesCommand: RemoteCommand = {
  name: 'instances',
  usage: 'instances',
  about: 'The processes of the platform: what they do, whether they are ready, what they own.',
  details: `instances [--json]
As each has said of itself. silent: not heard of for seven seconds. gone: it has stopped as it was asked to.`,
  async run(asked) {
    const found = await Remote.signedIn(asked).get<InstanceView[]>('instances');
    answer(asked, found, () => instanceTable(found));
    return 0;
  },
};

const instanceTable = (found: readonly InstanceView[]): string =>
  table(
    ['INSTANCE', 'STATE', 'SERVICES', 'VERSION', 'OWNS', 'SINCE', 'WHY'],
    found.map(({ instance, state, services, version, owned, startedAt, reasons }) => [
      instance,
      state,
      services.join(','),
      version,
      Object.entries(owned)
        .map(([kind, count]) => `${count} ${kind}`)
        .join(', '),
      startedAt,
      Object.entries(reasons)
        .map(([check, text]) => `${check}: ${text}`)
        .join('; '),
    ]),
  );

export const drainCommand: RemoteCommand = {
  name: 'drain',
  usage: 'drain INSTANCE --reason WHY',
  about: 'Have a process hand over what it owns, and end.',
  details: `drain INSTANCE --reason WHY [--force] [--timeout SECONDS] [--file EVIDENCE] [--yes]
The same as SIGTERM to it: not ready, no new sessions, firms and FIX sessions handed over, exit. The command
follows until it has gone (60 s unless --timeout says) and tells what of it moved where and when; --file keeps
that as JSON. What is free then waits for whom it belongs to: a client's session for its client.
Refused (LAST_INSTANCE) when nobody else who is ready does what it does; --force does it all the same.
Exit code 1: it has not gone in time, or something of it is with it still.`,
  async run(asked) {
    const instance = asked.word(0, 'INSTANCE');
    const reason = asked.needed('reason');
    const seconds = Number(asked.value('timeout') ?? timeoutSecondsDefault);
    if (!(seconds > 0)) throw wrongly('--timeout is seconds');
    const remote = Remote.signedIn(asked);
    if (!(await agreed(asked, `Drain ${instance}?`))) throw new Refused('NOT_AGREED', 'nothing was done');
    const startedAtMs = Date.now();
    const body = { reason, force: asked.has('force') };
    const begun = await remote.post<DrainAnswer>(`instances/${encodeURIComponent(instance)}/drain`, body);
    const followed = await follow(remote, begun, startedAtMs, seconds * 1_000);
    const evidence = { ...begun, reason, startedAt: new Date(startedAtMs).toISOString(), ...followed };
    const file = asked.value('file');
    if (file !== undefined) writeFileSync(file, `${JSON.stringify(evidence, null, 2)}\n`);
    answer(asked, evidence, () => drainText(instance, followed));
    return followed.state === 'gone' && followed.moved.every(({ state }) => state !== 'stays') ? 0 : 1;
  },
};

interface Followed {
  /** As it was last heard of. */
  readonly state: string;
  readonly tookMs: number;
  readonly moved: readonly Moved[];
}

/**
 * Until it has gone. Who answers may be the one that leaves: then the balancer has another, or nobody does.
 */
async function follow(
  remote: Remote,
  begun: DrainAnswer,
  startedAtMs: number,
  timeoutMs: number,
): Promise<Followed> {
  let last: Followed = { state: 'draining', tookMs: 0, moved: [] };
  while (last.state !== 'gone' && Date.now() - startedAtMs < timeoutMs) {
    await delay(lookMs);
    try {
      const all = await remote.get<InstanceView[]>('instances');
      const state = all.find(({ incarnation }) => incarnation === begun.incarnation)?.state ?? 'unknown';
      const moved = movedFrom(begun, await remote.get<LeaseView[]>('leases'));
      last = { state, tookMs: Date.now() - startedAtMs, moved };
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      last = { ...last, state: error.code === 'NOT_REACHED' ? 'notReached' : last.state };
    }
  }
  return last;
}

function drainText(instance: string, { state, tookMs, moved }: Followed): string {
  const count = (of: Moved['state']): number => moved.filter((one) => one.state === of).length;
  const counts = `${count('moved')} moved, ${count('free')} free, ${count('stays')} with it still`;
  const head = `${instance} is ${state} after ${(tookMs / 1_000).toFixed(1)} s: ${counts}`;
  if (moved.length === 0) return head;
  const rows = moved.map((one) => [one.kind, one.resource, one.state, one.to, one.since]);
  return `${head}\n${table(['KIND', 'WHAT', 'STATE', 'TO', 'SINCE'], rows)}`;
}
