/** A critical event is announced wherever the user is; events of the snapshot are old news and are not. */
import { App } from 'antd';
import { useEffect } from 'react';
import { useDesk } from '../desk.ts';
import { eventWord } from './unread.ts';

export function CriticalAlerts() {
  const { events, workspace } = useDesk();
  const { notification } = App.useApp();
  useEffect(
    () =>
      events.listen((event) => {
        if (event.severity !== 'critical' || events.arrivedMs(event.id) === undefined) return;
        notification.error({
          key: event.id,
          title: eventWord(event),
          description: `${event.subject}: ${event.text}`,
          placement: 'topRight',
          duration: 8,
          onClick: () => {
            workspace.go('events');
            notification.destroy(event.id);
          },
        });
      }),
    [events, notification, workspace],
  );
  return null;
}
