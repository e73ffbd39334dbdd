/**
 * The gateway's edges, from the outside: what each of the 28 ports does, whom it lets in, and that nobody who
 * misbehaves does any harm to the others.
 */
import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import { accessTests } from './gateway.access.ts';
import { Floor } from './gateway.floor.ts';
import { requestTests } from './gateway.requests.ts';
import { tradingTests } from './gateway.trading.ts';

describe('gateway', () => {
  const floor = new Floor();

  beforeAll(() => floor.start(), 120_000);
  afterEach(() => floor.clear());
  afterAll(() => floor.stop(), 60_000);

  accessTests(floor);
  tradingTests(floor);
  requestTests(floor);
});
