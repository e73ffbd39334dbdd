/** Names of zones. */
export const UTC = 'UTC';

/** A zone as people call it: `New York`. */
export const zoneWord = (zone: string): string => (zone.split('/').at(-1) ?? zone).replaceAll('_', ' ');
