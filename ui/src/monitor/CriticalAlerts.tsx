/** A critical event is announced wherever the user is; events of the snapshot are old news and are not. */
import { useEffect } from 'react';
import { useDesk } from '../desk.ts';
import { eventWord } from './unread.ts';

export function CriticalAlerts() {
  const { events, notices } = useDesk();
  useEffect(
    () =>
      events.listen((event) => {
        if (event.severity !== 'critical' || events.arrivedMs(event.id) === undefined) return;
        notices.tell('bad', `${eventWord(event)}: ${event.subject}: ${event.text}`);
      }),
    [events, notices],
  );
  return null;
}
