/** A moment in the chosen zone; the exact UTC time is its machine-readable value. */
import { timeText } from './time.text.ts';
import { useZone } from './zone.ts';

export function Moment({ at }: { readonly at: string }) {
  return <time dateTime={at}>{timeText(at, useZone())}</time>;
}
