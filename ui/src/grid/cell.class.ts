/** Classes of a cell, in the head and in lines. */
import type { Column } from './columns.ts';

export function cellClass<T>(column: Column<T>, base: string, isActive: boolean): string {
  const more = [
    column.numeric === true ? 'numeric' : '',
    column.fixed === true ? 'fixed' : '',
    isActive ? 'active' : '',
  ];
  return [base, ...more].filter((each) => each !== '').join(' ');
}
