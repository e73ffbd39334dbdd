/** Asked before an order that is larger than its dealer's soft limit, or far through the market. */
import { Modal } from 'antd';
import { useCell } from '../cell.ts';
import { useDesk } from '../desk.ts';

export function DealQuestion() {
  const { dealing } = useDesk();
  const question = useCell(dealing.question);
  const close = (): void => dealing.question.set(null);
  const confirm = (): void => {
    close();
    question?.onYes();
  };
  return (
    <Modal
      open={question !== null}
      onCancel={close}
      onOk={confirm}
      title={question?.title}
      okText={question?.yes}
      cancelText="Do not deal"
      width={420}
      transitionName=""
      maskTransitionName=""
      destroyOnHidden
      data-testid="deal-question"
      cancelButtonProps={{ autoFocus: true, 'data-testid': 'deal-question-no' }}
      okButtonProps={{ danger: question?.side === 'sell', 'data-testid': 'deal-question-yes' }}
    >
      <ul className="deal-reasons" data-testid="deal-question-reasons">
        {question?.reasons.map((reason) => (
          <li key={reason}>{reason}</li>
        ))}
      </ul>
    </Modal>
  );
}
