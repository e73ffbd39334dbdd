/** Compares the trades that two parties booked: what one of them lacks, has too many, or has differently. */

export interface BookedFill {
  readonly execId: string;
  readonly clOrdId: string;
  readonly symbol: string;
  readonly side: 'buy' | 'sell';
  /** Decimal text; `1000` and `1000.00` are equal. */
  readonly quantity: string;
  readonly price: string;
}

export interface Differences {
  /** ExecIDs expected and not booked. */
  readonly missing: readonly string[];
  /** ExecIDs booked and not expected. */
  readonly unexpected: readonly string[];
  /** ExecIDs that occur twice on one side. */
  readonly repeated: readonly string[];
  /** `execId: field expected ≠ booked`. */
  readonly different: readonly string[];
}

export function reconcile(expected: Iterable<BookedFill>, booked: Iterable<BookedFill>): Differences {
  const repeated: string[] = [];
  const expectedById = byExecId(expected, repeated);
  const bookedById = byExecId(booked, repeated);
  const different: string[] = [];
  const missing: string[] = [];
  for (const [execId, wanted] of expectedById) {
    const found = bookedById.get(execId);
    if (found === undefined) {
      missing.push(execId);
      continue;
    }
    for (const field of ['clOrdId', 'symbol', 'side', 'quantity', 'price'] as const) {
      const isDecimal = field === 'quantity' || field === 'price';
      const left = isDecimal ? plain(wanted[field]) : wanted[field];
      const right = isDecimal ? plain(found[field]) : found[field];
      if (left !== right) different.push(`${execId}: ${field} ${left} ≠ ${right}`);
    }
  }
  const unexpected = [...bookedById.keys()].filter((execId) => !expectedById.has(execId));
  return { missing, unexpected, repeated, different };
}

export function isReconciled(differences: Differences): boolean {
  return Object.values(differences).every((list: readonly string[]) => list.length === 0);
}

function byExecId(fills: Iterable<BookedFill>, repeated: string[]): Map<string, BookedFill> {
  const byId = new Map<string, BookedFill>();
  for (const fill of fills) {
    if (byId.has(fill.execId)) repeated.push(fill.execId);
    else byId.set(fill.execId, fill);
  }
  return byId;
}

/** Decimal text without meaningless zeros. */
function plain(text: string): string {
  const trimmed = text.replace(/^(-?)0+(?=\d)/, '$1');
  return trimmed.includes('.') ? trimmed.replace(/\.?0+$/, '') : trimmed;
}
