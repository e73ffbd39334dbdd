/** An owner whose journal is slow: what it refuses, what goes on, and that nothing known is refused. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Scenario } from '@tidegate/core/order/desk.fixture';
import type { ReplaceOrder } from '@tidegate/core/order/order';
import { MemoryBus } from '@tidegate/platform/bus/bus.memory';
import { MemoryJournal } from '@tidegate/platform/journal/journal.memory';
import type { Append } from '@tidegate/platform/journal/journal';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { PartitionOwner } from './partition.owner.ts';
import { Spool } from './spool.ts';

const partition = 'acme';

class SlowJournal extends MemoryJournal {
  gate: Promise<void> | undefined;

  override async append(append: Append): Promise<void> {
    await this.gate;
    return super.append(append);
  }
}

let folder: string;
let scenario: Scenario;
let journal: SlowJournal;
let bus: MemoryBus;
let owner: PartitionOwner;
let commandWaitMs: number;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-overload-'));
  scenario = new Scenario();
  scenario.quote('alpha', [108_000, 1_000_000], [108_010, 1_000_000]);
  journal = new SlowJournal();
  bus = new MemoryBus({ freeze: true });
  commandWaitMs = 0;
  owner = new PartitionOwner({
    partition,
    owner: 'one',
    bus,
    journal,
    spool: new Spool(folder, partition),
    market: () => scenario.market,
    clock: { nowMs: () => scenario.utcMs, monoMs: () => scenario.monoMs },
    backlog: { overloadMs: 500, commandWaitMs: () => commandWaitMs },
    onJournal: () => undefined,
    onError: (error) => expect.unreachable(String(error)),
  });
  await owner.start();
});

afterEach(async () => {
  await owner.stop();
  await bus.close();
  rmSync(folder, { recursive: true, force: true });
});

const resting = { price: 107_000 };

function replaceOf(clOrdId: string, quantity: number): ReplaceOrder {
  return {
    kind: 'replace',
    commandId: `replace ${clOrdId} ${quantity}`,
    origin: { channel: 'fix', client: 'CLIENT' },
    clOrdId: `R${clOrdId}-${quantity}`,
    origClOrdId: clOrdId,
    quantity,
    price: 107_000,
  };
}

it('refuses what adds risk while an event is too old, and nothing else; then takes it again', async () => {
  const [first, second] = [scenario.submitCommand(resting), scenario.submitCommand(resting)];
  await owner.handle(first);
  await owner.handle(second);
  const gate = Promise.withResolvers<void>();
  journal.gate = gate.promise;
  const waiting = scenario.submitCommand(resting);
  const answers = [owner.handle(waiting)];
  scenario.advance(500);
  answers.push(owner.handle(scenario.submitCommand(resting)));
  scenario.advance(1);
  for (const command of [scenario.submitCommand(resting), replaceOf(first.clOrdId, 200)])
    expect(await owner.handle(command)).toMatchObject({ result: 'unavailable', code: 'OVERLOADED' });
  expect([owner.backlog.refused, owner.backlog.isOverloaded]).toEqual([2, true]);
  // Asked again because it was not answered: it was decided, and is not refused now.
  answers.push(owner.handle(waiting), owner.handle(replaceOf(first.clOrdId, 50)));
  const cancel = {
    kind: 'cancel',
    commandId: 'x',
    origin: { channel: 'fix', client: 'CLIENT' },
    clOrdId: 'X',
    origClOrdId: second.clOrdId,
  } as const;
  answers.push(owner.handle(cancel));
  journal.gate = undefined;
  gate.resolve();
  for (const answer of await Promise.all(answers)) {
    expect(answer).toMatchObject({ result: 'done' });
    expect(answer).not.toHaveProperty('refusal');
  }
  expect(owner.backlog.unsettled).toBe(0);
  expect(await owner.handle(scenario.submitCommand(resting))).toMatchObject({ result: 'done' });
  expect(owner.backlog.isOverloaded).toBe(false);
});

it('refuses while a command has waited too long, and a release never', async () => {
  commandWaitMs = 501;
  expect(await owner.handle(scenario.submitCommand())).toMatchObject({ code: 'OVERLOADED' });
  commandWaitMs = 251;
  expect(await owner.handle(scenario.submitCommand())).toMatchObject({ code: 'OVERLOADED' });
  const state = { kind: 'setTradingState', by: 'rita', reason: 'drill' } as const;
  expect(await owner.handle({ ...state, commandId: 'h', state: 'halted' })).toMatchObject({ result: 'done' });
  expect(await owner.handle({ ...state, commandId: 'r', state: 'active' })).toMatchObject({ result: 'done' });
  commandWaitMs = 250;
  expect(await owner.handle(scenario.submitCommand())).toMatchObject({ result: 'done' });
});
