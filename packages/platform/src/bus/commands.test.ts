/** Commands to an owner that is silent, absent or starting. */
import type { MassCancel } from '@tidegate/core/order/order';
import { commandTopic } from '@tidegate/wire/topics';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { MemoryBus } from './bus.memory.ts';
import { until } from '../testing/until.ts';
import { Commands, CommandUnanswered } from './commands.ts';

const partition = 'acme';
const command: MassCancel = { kind: 'massCancel', commandId: 'm', by: 'rita', reason: 'drill' };

let bus: MemoryBus;

beforeEach(() => {
  bus = new MemoryBus({ closeLimitMs: 1 });
});

afterEach(() => bus.close());

it('waits for an owner that is silent no longer than it says', async () => {
  let asked = 0;
  bus.respond(commandTopic(partition), () => {
    asked += 1;
    return new Promise<never>(() => undefined);
  });
  const commands = new Commands({ bus, answerMs: 20, pauseMs: 1, giveUpMs: 60 });
  await expect(commands.send(partition, command)).rejects.toThrow(CommandUnanswered);
  expect(asked).toBeLessThanOrEqual(4);
});

it('asks again, with the same key, until an owner is there and has started', async () => {
  const commands = new Commands({ bus, pauseMs: 1 });
  const sent = commands.send(partition, command);
  const heard: string[] = [];
  bus.respond(commandTopic(partition), ({ command: { commandId } }) => {
    heard.push(commandId);
    if (heard.length < 3) return { result: 'unavailable', code: 'PARTITION_STARTING', text: '' } as const;
    return { result: 'done', sequence: 7 } as const;
  });
  expect(await sent).toEqual({ result: 'done', sequence: 7 });
  expect(heard).toEqual(['m', 'm', 'm']);
});

it('insists for as long as it takes, and gives up with the process', async () => {
  const commands = new Commands({ bus, answerMs: 1, pauseMs: 1, giveUpMs: 1 });
  let asked = 0;
  let isThere = false;
  bus.respond(commandTopic(partition), () => {
    asked += 1;
    return isThere
      ? ({ result: 'done', sequence: 7 } as const)
      : ({ result: 'unavailable', code: 'PARTITION_STARTING', text: '' } as const);
  });
  const sent = commands.insist(partition, command);
  await until(() => asked > 20);
  isThere = true;
  expect(await sent).toEqual({ result: 'done', sequence: 7 });
  isThere = false;
  const another = commands.insist(partition, command);
  commands.stop();
  await expect(another).rejects.toThrow(CommandUnanswered);
});

it('waits for a command with a moment no longer than that, however long an answer may take', async () => {
  const never = new Promise<never>(() => undefined);
  let asked = 0;
  bus.respond(commandTopic(partition), () => {
    asked += 1;
    return never;
  });
  const commands = new Commands({ bus, answerMs: 3_600_000, giveUpMs: 3_600_000 });
  await expect(commands.send(partition, command, 20)).rejects.toThrow(CommandUnanswered);
  await expect(commands.send(partition, command, -1)).rejects.toThrow(CommandUnanswered);
  expect(asked).toBe(1);
});
