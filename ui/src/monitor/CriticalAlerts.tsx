/**
 * A critical event is announced wherever the user is, unless what it is about is muted; events of the
 * snapshot are old news and are not.
 */
import { useEffect } from 'react';
import type { SystemEvent } from '@tidegate/wire/monitoring';
import { useDesk } from '../desk.ts';
import { isMutedEvent } from './alert.list.ts';
import { eventWord } from './unread.ts';

export function CriticalAlerts() {
  const { alerts, events, notices } = useDesk();
  useEffect(() => {
    const announce = async (event: SystemEvent): Promise<void> => {
      if (alerts.list.read() === null) await alerts.refresh();
      if (isMutedEvent(alerts.list.read() ?? [], event, Date.now())) return;
      notices.tell('bad', `${eventWord(event)}: ${event.subject}: ${event.text}`);
    };
    return events.listen((event) => {
      if (event.severity === 'critical' && events.arrivedMs(event.id) !== undefined) void announce(event);
    });
  }, [alerts, events, notices]);
  return null;
}
