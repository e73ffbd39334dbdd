/** What happens to a gateway while its clients trade, until the other has gone on and it is back. */
import { becomes, otherOf, type GatewayName, type Gateways } from './gateways.ts';

async function goesOn(all: Gateways, name: GatewayName): Promise<void> {
  await becomes(`${name} has everything`, () => all.hasAll(name));
  await all.up();
  await all.answers();
}

export async function rolled(all: Gateways, name: GatewayName): Promise<void> {
  await all.roll(name);
  await goesOn(all, otherOf(name));
  await all.begin(name);
}

export async function killed(all: Gateways, name: GatewayName): Promise<void> {
  await all.kill(name);
  await goesOn(all, otherOf(name));
  await all.begin(name);
}

/** Bytes that it sent when it thawed. */
export async function frozen(all: Gateways, name: GatewayName): Promise<number> {
  const sent = await all.freeze(name);
  await all.shares(name);
  return sent();
}
