/** Chooses the zone of all times on the screen. */
import { Select } from 'antd';
import { chooseZone, useZone, zones } from './zone.ts';
import { zoneWord } from './zone.word.ts';

export function ZoneSelect() {
  const zone = useZone();
  return (
    <Select
      size="small"
      variant="borderless"
      value={zone}
      popupMatchSelectWidth={false}
      options={[...new Set([...zones, zone])].map((each) => ({ value: each, label: zoneWord(each) }))}
      aria-label="Time zone"
      data-testid="zone"
      onChange={chooseZone}
    />
  );
}
