/** Byte counts and times for people: `1.4 MB`, `85 µs`, `1.2 ms`. */
const units = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

export function byteSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

export function microseconds(value: number): string {
  if (value < 1_000) return `${value} µs`;
  const ms = value / 1_000;
  return ms < 1_000 ? `${ms < 100 ? ms.toFixed(1) : Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}
