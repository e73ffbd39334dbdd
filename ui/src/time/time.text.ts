/**
 * Moments as people read them: date, time of day with milliseconds, in the zone that was chosen. In files
 * they are ISO 8601 in UTC. Pure; every page writes its times with this.
 */
/** Zones move their clocks at whole quarters of an hour. */
const QUARTER_MS = 900_000;
const OFFSETS_MAX = 5_000;

const writers = new Map<string, Intl.DateTimeFormat>();
const offsets = new Map<string, number>();

export function isZone(zone: string): boolean {
  try {
    return writerOf(zone) !== undefined;
  } catch {
    return false;
  }
}

function writerOf(zone: string): Intl.DateTimeFormat {
  let writer = writers.get(zone);
  if (writer === undefined) {
    writer = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    writers.set(zone, writer);
  }
  return writer;
}

/** How far the zone's clocks are ahead of UTC at that moment. */
function offsetMs(zone: string, atMs: number): number {
  if (zone === 'UTC') return 0;
  const quarter = Math.floor(atMs / QUARTER_MS) * QUARTER_MS;
  const key = `${zone} ${quarter}`;
  let offset = offsets.get(key);
  if (offset === undefined) {
    const parts = Object.fromEntries(
      writerOf(zone)
        .formatToParts(quarter)
        .map(({ type, value }) => [type, Number(value)]),
    );
    const shown = Date.UTC(
      parts['year'] ?? 0,
      (parts['month'] ?? 1) - 1,
      parts['day'] ?? 1,
      parts['hour'] ?? 0,
      parts['minute'] ?? 0,
      parts['second'] ?? 0,
    );
    offset = shown - quarter;
    if (offsets.size >= OFFSETS_MAX) offsets.clear();
    offsets.set(key, offset);
  }
  return offset;
}

/** `2026-11-28 17:20:09.123` in the zone; what is no time stays as it is. */
export function timeText(iso: string, zone: string): string {
  const atMs = Date.parse(iso);
  return Number.isNaN(atMs) ? iso : momentText(atMs, zone);
}

export const momentText = (atMs: number, zone: string): string =>
  new Date(atMs + offsetMs(zone, atMs)).toISOString().slice(0, 23).replace('T', ' ');

/** `17:20:09` in the zone. */
export const clockText = (atMs: number, zone: string): string => momentText(atMs, zone).slice(11, 19);

/** In files: always the same text for the same moment. */
export function fileTime(iso: string): string {
  const atMs = Date.parse(iso);
  return Number.isNaN(atMs) ? iso : new Date(atMs).toISOString();
}

/** `20261128T172009Z`, for names of files. */
export const stampText = (atMs: number): string =>
  `${new Date(atMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;

/**
 * The moment that `2026-11-28T17:20` (seconds and milliseconds may follow) is in the zone, as ISO 8601; a
 * time that the clocks leave out is the one they show instead. Undefined for what is no such text.
 */
export function momentOf(local: string, zone: string): string | undefined {
  const wallMs = Date.parse(`${local.trim().replace(' ', 'T')}Z`);
  if (Number.isNaN(wallMs)) return undefined;
  const first = wallMs - offsetMs(zone, wallMs);
  const second = wallMs - offsetMs(zone, first);
  return new Date(second).toISOString();
}

/** What a field for a date and time holds of a moment, in the zone. */
export const fieldTime = (iso: string, zone: string): string => timeText(iso, zone).replace(' ', 'T');
