/**
 * My position in the instrument, in the tile's head. Positions change with fills only, so React may render
 * it.
 */
import { useSyncExternalStore } from 'react';
import { useDesk } from '../desk.ts';
import { shortSize } from './price.format.ts';

export function TilePosition({ instrument }: { readonly instrument: string }) {
  const { positions, me } = useDesk();
  const read = (): string => positions.get(`${me.firm}/${me.account}/${instrument}`)?.quantity ?? '';
  const quantity = useSyncExternalStore(positions.watch, read);
  if (!/[1-9]/.test(quantity)) return <span className="tile-position" />;
  const short = quantity.startsWith('-');
  return (
    <span
      className={`tile-position ${short ? 'sell-text' : 'buy-text'}`}
      title={`Position ${quantity}`}
      data-testid={`tile-${instrument}-position`}
    >
      {short ? '' : '+'}
      {shortSize(quantity)}
    </span>
  );
}
