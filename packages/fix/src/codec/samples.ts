/**
 * Messages as a market sees them, in the sizes that the benchmark's floors are stated for: an order, an
 * execution report with parties, a full refresh of twenty levels, a list of two orders. For tests and
 * benchmarks.
 */
import { Encoder } from './encoder.ts';
import type { Header } from './encoder.ts';
import type { FieldWriter } from './fields.ts';

const TIME_MS = 1_773_144_000_123;

export const SAMPLE_HEADER: Header = {
  beginString: 'FIX.4.4',
  msgType: '0',
  seqNum: 4711,
  senderCompId: 'CLIENT-ONE',
  targetCompId: 'TIDEGATE',
  sendingTimeMs: TIME_MS,
};

/** NewOrderSingle: a limit order for EUR/USD with one party. About 230 bytes. */
export function writeNewOrderSingle(fields: FieldWriter): void {
  fields
    .text(11, 'ORD-20260310-000123')
    .int(453, 1)
    .text(448, 'DESK-7')
    .char(447, 'D')
    .int(452, 11)
    .text(1, 'ACC-1001')
    .char(63, '0')
    .text(55, 'EUR/USD')
    .char(54, '1')
    .utcMillis(60, TIME_MS)
    .decimal(38, 1_000_000, 0)
    .char(40, '2')
    .decimal(44, 108_753, 5)
    .text(15, 'EUR')
    .char(59, '0');
}

/** ExecutionReport: a partial fill. About 320 bytes. */
export function writeExecutionReport(fields: FieldWriter): void {
  fields
    .text(37, 'TG-0000000815')
    .text(11, 'ORD-20260310-000123')
    .int(453, 2)
    .text(448, 'DESK-7')
    .char(447, 'D')
    .int(452, 11)
    .text(448, 'LP-3')
    .char(447, 'D')
    .int(452, 35)
    .text(17, 'P3-0000004712')
    .char(150, 'F')
    .char(39, '1')
    .text(55, 'EUR/USD')
    .char(54, '1')
    .decimal(38, 1_000_000, 0)
    .char(40, '2')
    .decimal(44, 108_753, 5)
    .decimal(32, 250_000, 0)
    .decimal(31, 108_751, 5)
    .decimal(151, 750_000, 0)
    .decimal(14, 250_000, 0)
    .decimal(6, 108_751, 5)
    .utcMillis(60, TIME_MS);
}

/** MarketDataSnapshotFullRefresh with `levels` entries, half bids and half offers. About 740 bytes for 20. */
export function writeMarketData(fields: FieldWriter, levels = 20): void {
  fields.text(262, 'MD-EURUSD-1').text(55, 'EUR/USD').int(268, levels);
  for (let level = 0; level < levels; level++) {
    const isBid = level < levels / 2;
    fields
      .char(269, isBid ? '0' : '1')
      .decimal(270, isBid ? 108_750 - level : 108_751 + level, 5)
      .decimal(271, 10_000_000 * (1 + (level % 5)), 0);
  }
}

/** NewOrderList of two orders, each with parties and sub-parties: groups in groups in a group. */
export function writeNewOrderList(fields: FieldWriter): void {
  fields.text(66, 'LIST-1').int(394, 3).int(68, 2).int(73, 2);
  for (let order = 1; order <= 2; order++) {
    fields
      .text(11, `ORD-${order}`)
      .int(67, order)
      .int(453, 2)
      .text(448, 'DESK-7')
      .char(447, 'D')
      .int(452, 11)
      .int(802, 2)
      .text(523, 'ANN')
      .int(803, 2)
      .text(523, 'BOB')
      .int(803, 2)
      .text(448, 'BANK')
      .char(447, 'D')
      .int(452, 1)
      .text(55, 'EUR/USD')
      .char(54, '1')
      .decimal(38, 500_000, 0)
      .char(40, '1');
  }
}

export function encodeSample(msgType: string, write: (fields: FieldWriter) => void): Uint8Array {
  const encoder = new Encoder();
  encoder.begin({ ...SAMPLE_HEADER, msgType });
  write(encoder);
  return encoder.end();
}
