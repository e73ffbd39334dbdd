/** The line at the foot of the desk that says what happened. Always there, so that nothing ever moves. */
import { CloseOutlined } from '@ant-design/icons';
import { useCell } from '../cell.ts';
import { useDesk } from '../desk.ts';
import { Moment } from '../time/Moment.tsx';

export function NoticeBar() {
  const { notices } = useDesk();
  const shown = useCell(notices.shown);
  return (
    <footer className="notice-bar" data-tone={shown?.tone ?? 'none'} data-testid="notice-bar">
      <span className="clip" data-testid="notice" title={shown?.text}>
        {shown !== null && (
          <>
            <Moment at={new Date(shown.atMs).toISOString()} /> {shown.text}
            {shown.times > 1 && ` (${shown.times} times)`}
          </>
        )}
      </span>
      {shown !== null && (
        <button
          type="button"
          aria-label="Dismiss this notice"
          data-testid="notice-dismiss"
          onClick={() => notices.dismiss()}
        >
          <CloseOutlined />
        </button>
      )}
    </footer>
  );
}
