/** Order and position before and after booking, as a table. */
import type { CaseDetail } from '@tidegate/wire/cases';
import { groupedDecimal } from '../prices/price.format.ts';
import { effectOf } from './case.effect.ts';

export interface EffectTableProps {
  readonly one: CaseDetail;
  /** A quantity in place of the proposed one. */
  readonly given?: string | undefined;
}

export function EffectTable({ one, given }: EffectTableProps) {
  if (one.state !== 'open') return <p className="soft">It is answered.</p>;
  const rows = effectOf(one, given);
  if (rows === undefined) return <p className="soft">{whyNot(one)}</p>;
  return (
    <table className="case-table" data-testid="case-effect">
      <thead>
        <tr>
          <th scope="col">What</th>
          <th scope="col">Now</th>
          <th scope="col">After</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ label, before, after }) => (
          <tr key={label}>
            <th scope="row">{label}</th>
            <td>{groupedDecimal(before)}</td>
            <td data-changed={before === after ? undefined : true}>{groupedDecimal(after)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function whyNot({ order, action }: CaseDetail): string {
  if (order === null) return 'It is of no order that we know: it can only be dismissed.';
  if (action === null)
    return 'Nothing is proposed. Correct it with the amounts that were agreed, or dismiss it.';
  return 'What is booked of the fill is not known here.';
}
