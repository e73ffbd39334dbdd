/**
 * The table of one part of the benchmark: each figure beside its peer of the same run or beside its floor,
 * printed as it comes and kept for the results file.
 */
import type { BenchReport, Result } from './measure.ts';

type Unit = 'ms' | 's' | 'orders/s' | 'commits/s' | 'quotes/s' | 'events/s' | 'MB' | 'kB' | 'B' | '%' | '';

export interface Figure {
  /** Within the part. */
  readonly name: string;
  readonly unit: Unit;
  readonly value: number;
  /** Measured in the same run, in the same unit. Without one the floor stands in its place. */
  readonly peer?: { readonly name: string; readonly value: number };
  readonly floor?: Floor;
  readonly conditions: string;
}

/** `times`: of value / peer; otherwise of the value. */
export interface Floor {
  readonly atMost?: number;
  readonly atLeast?: number;
  readonly times?: true;
}

const nameWidth = 46;
const valueWidth = 16;

export class Figures implements BenchReport {
  readonly results: Result[] = [];
  missed = 0;
  private readonly part: string;
  private readonly write: (line: string) => void;

  constructor(part: string, write = (line: string): void => void process.stdout.write(`${line}\n`)) {
    this.part = part;
    this.write = write;
  }

  say(text: string): void {
    this.write(text);
  }

  add(figure: Figure): void {
    const ratio = this.keep(figure);
    this.write(this.lineOf(figure, ratio, keeps(figure)));
  }

  /** Without a line: the part shows it in its own way. Value / peer. */
  keep(figure: Figure): number {
    const { name, unit, conditions } = figure;
    const peer = figure.peer ?? { name: 'floor', value: boundOf(figure.floor) ?? 0 };
    const ratio = peer.value === 0 ? 0 : figure.value / peer.value;
    if (!keeps(figure)) this.missed += 1;
    this.results.push({
      name: `${this.part}: ${name}`,
      unit,
      value: rounded(figure.value),
      peer: peer.name,
      peerValue: rounded(peer.value),
      ratio: rounded(ratio),
      conditions,
    });
    return ratio;
  }

  private lineOf({ name, unit, value, peer, floor }: Figure, ratio: number, isKept: boolean): string {
    const beside =
      peer === undefined ? '' : ` (${peer.name}: ${shown(peer.value, unit)}, ${ratio.toFixed(2)}×)`;
    const bound =
      floor === undefined ? '' : `  floor ${boundText(floor, unit)} ${isKept ? 'kept' : 'missed'}`;
    const label = `${this.part}: ${name}`;
    return `${label.padEnd(nameWidth)} ${shown(value, unit).padStart(valueWidth)}${beside}${bound}`;
  }
}

export function keeps({ value, peer, floor }: Pick<Figure, 'value' | 'peer' | 'floor'>): boolean {
  if (floor === undefined) return true;
  const judged = floor.times === true ? value / (peer?.value ?? Number.NaN) : value;
  return judged <= (floor.atMost ?? Infinity) && judged >= (floor.atLeast ?? -Infinity);
}

const boundOf = (floor: Floor | undefined): number | undefined => floor?.atMost ?? floor?.atLeast;

function boundText(floor: Floor, unit: Figure['unit']): string {
  const sign = floor.atMost === undefined ? '≥' : '≤';
  const bound = boundOf(floor)!;
  return `${sign} ${floor.times === true ? `${bound}×` : shown(bound, unit)}`;
}

function shown(value: number, unit: Figure['unit']): string {
  const digits = Math.abs(value) >= 100 ? 0 : unit === 'ms' ? 3 : 1;
  return `${Number.isInteger(value) ? value : value.toFixed(digits)} ${unit}`.trimEnd();
}

const rounded = (value: number): number => Math.round(value * 1_000) / 1_000;

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}
