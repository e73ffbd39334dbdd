/**
 * Alerts: what of the system events somebody should look at, grouped. An outage is one alert from its cause
 * to its end, with everything that happened to the same thing in between. Who acknowledged, took or muted it
 * is in system events of their own (`alertMarked`), so that an alert is what its events say, and its history
 * cannot be lost. Pure: events in, alerts out.
 */
import { z } from 'zod';
import { systemEvent, type SystemEvent, type SystemEventKind } from './monitoring.ts';

const mark = z.object({ by: z.string(), at: z.iso.datetime() });

export const alertView = z.object({
  /** Of its first event. */
  id: z.uuid(),
  /** What it is about; a venue with its sessions is one. */
  about: z.string(),
  severity: z.enum(['warning', 'critical']),
  kind: systemEvent.shape.kind,
  /** Of the first event. */
  subject: z.string(),
  text: z.string(),
  firm: z.string().optional(),
  openedAt: z.iso.datetime(),
  lastAt: z.iso.datetime(),
  /** Null while what caused it has not ended; of what has no end it is the last event. */
  endedAt: z.iso.datetime().nullable(),
  count: z.int(),
  /** The newest ones, oldest first. */
  children: z.array(
    systemEvent.pick({ id: true, at: true, kind: true, severity: true, subject: true, text: true }),
  ),
  acknowledged: mark.nullable(),
  assigned: mark.extend({ user: z.string() }).nullable(),
  /** Of everything about the same. */
  muted: mark.extend({ until: z.iso.datetime() }).nullable(),
});
export type AlertView = z.infer<typeof alertView>;

export const alertMarkRequest = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('acknowledge') }),
  z.strictObject({ action: z.literal('assign'), user: z.string().min(1).max(64) }),
  /** 0 ends it. */
  z.strictObject({ action: z.literal('mute'), minutes: z.int().min(0).max(1_440) }),
]);
export type AlertMarkRequest = z.infer<typeof alertMarkRequest>;

/** Details of an `alertMarked` event. */
export const alertMark = z.discriminatedUnion('action', [
  z.object({ action: z.literal('acknowledge'), alert: z.uuid(), by: z.string() }),
  z.object({ action: z.literal('assign'), alert: z.uuid(), by: z.string(), user: z.string() }),
  z.object({ action: z.literal('mute'), alert: z.uuid(), by: z.string(), until: z.iso.datetime() }),
]);
type AlertMark = z.infer<typeof alertMark>;

/** What ends what. */
const causeOf: Readonly<Partial<Record<SystemEventKind, SystemEventKind>>> = {
  sessionUp: 'sessionDown',
  sessionEnabled: 'sessionDisabled',
  venueLive: 'venueStale',
  journalUp: 'journalDown',
  journalArchived: 'journalNotArchived',
  bookSound: 'bookCrossed',
  caseResolved: 'caseOpened',
  feedUp: 'feedDown',
};
const causes = new Set(Object.values(causeOf));

/** Events that tell nothing by themselves, and are needed here. */
export const alertKinds: readonly SystemEventKind[] = [
  ...(Object.keys(causeOf) as SystemEventKind[]),
  'alertMarked',
];

/** What returns so soon after its end is the same outage. */
const returnsMs = 60_000;
/** Events without an end belong together while they come so often. */
const togetherMs = 10 * 60_000;
const childrenMax = 50;
const ranks = { info: 0, warning: 1, critical: 2 } as const;

interface Group {
  alert: AlertView;
  /** Causes that have not ended. */
  readonly open: Set<string>;
  hasCause: boolean;
}

/** @param events oldest first. @param venues their ids. @returns newest first. */
export function alertsOf(events: readonly SystemEvent[], venues: ReadonlySet<string>): AlertView[] {
  const groups: Group[] = [];
  const newest = new Map<string, Group>();
  const byId = new Map<string, Group>();
  for (const event of events) {
    if (event.kind === 'alertMarked') {
      marked(event, groups, byId);
      continue;
    }
    const about = aboutOf(event.subject, venues);
    const key = `${event.firm ?? ''} ${about}`;
    const group = newest.get(key);
    const ended = causeOf[event.kind];
    if (ended !== undefined) {
      if (group?.open.delete(`${ended} ${event.subject}`) === true) joined(group, event);
    } else if (event.severity !== 'info') {
      if (group !== undefined && belongs(group, event)) joined(group, event);
      else {
        const made = begun(event, about);
        made.alert = { ...made.alert, muted: group?.alert.muted ?? null };
        groups.push(made);
        newest.set(key, made);
        byId.set(event.id, made);
      }
    }
  }
  return groups.map(({ alert }) => alert).toReversed();
}

/** A provider's sessions are the provider. */
function aboutOf(subject: string, venues: ReadonlySet<string>): string {
  const venue = /^(.+)-(?:quotes|orders)$/.exec(subject)?.[1];
  return venue !== undefined && venues.has(venue) ? venue : subject;
}

function belongs({ alert, open, hasCause }: Group, event: SystemEvent): boolean {
  if (open.size > 0) return true;
  const restMs = Date.parse(event.at) - Date.parse(alert.lastAt);
  return restMs <= (hasCause ? returnsMs : togetherMs);
}

function begun(event: SystemEvent, about: string): Group {
  const { id, kind, subject, text, firm, at } = event;
  const group: Group = {
    open: new Set(),
    hasCause: false,
    alert: {
      id,
      about,
      severity: event.severity === 'critical' ? 'critical' : 'warning',
      kind,
      subject,
      text,
      ...(firm === undefined ? {} : { firm }),
      openedAt: at,
      lastAt: at,
      endedAt: at,
      count: 0,
      children: [],
      acknowledged: null,
      assigned: null,
      muted: null,
    },
  };
  joined(group, event);
  return group;
}

function joined(group: Group, event: SystemEvent): void {
  const { id, at, kind, severity, subject, text } = event;
  if (causes.has(kind) && severity !== 'info') {
    group.open.add(`${kind} ${subject}`);
    group.hasCause = true;
  }
  const { alert } = group;
  // Who acknowledged a warning has not seen that it became critical.
  const isWorse = ranks[severity] > ranks[alert.severity];
  group.alert = {
    ...alert,
    severity: isWorse ? 'critical' : alert.severity,
    acknowledged: isWorse ? null : alert.acknowledged,
    lastAt: at,
    endedAt: group.open.size > 0 ? null : at,
    count: alert.count + 1,
    children: [...alert.children, { id, at, kind, severity, subject, text }].slice(-childrenMax),
  };
}

function marked(event: SystemEvent, groups: readonly Group[], byId: ReadonlyMap<string, Group>): void {
  const parsed = alertMark.safeParse(event.details);
  const group = parsed.success ? byId.get(parsed.data.alert) : undefined;
  if (!parsed.success || group === undefined) return;
  const { at } = event;
  const told: AlertMark = parsed.data;
  const { by } = told;
  if (told.action === 'acknowledge') group.alert = { ...group.alert, acknowledged: { by, at } };
  else if (told.action === 'assign') group.alert = { ...group.alert, assigned: { user: told.user, by, at } };
  else
    for (const each of groups)
      if (each.alert.about === group.alert.about && each.alert.firm === group.alert.firm)
        each.alert = { ...each.alert, muted: { by, at, until: told.until } };
}
