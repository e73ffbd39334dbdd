/** The keys of the desk, and how sizes are written. */
import { Modal } from 'antd';
import { useCell } from '../cell.ts';
import { useDesk } from '../desk.ts';
import { sizeHelp } from '../prices/size.ts';
import { keyHelp } from './hotkeys.ts';

export function HelpDialog() {
  const { workspace } = useDesk();
  const open = useCell(workspace.dialog) === 'help';
  return (
    <Modal
      open={open}
      onCancel={() => workspace.dialog.set('none')}
      footer={null}
      width={680}
      title="Keys"
      data-testid="help-dialog"
    >
      <div className="keys">
        {keyHelp.map((group) => (
          <section key={group.title}>
            <h4>{group.title}</h4>
            <dl>
              {group.keys.map(({ keys, does }) => [
                <dt key={`${does} keys`}>
                  {keys.map((key) => (
                    <kbd key={key}>{key}</kbd>
                  ))}
                </dt>,
                <dd key={does}>{does}</dd>,
              ])}
            </dl>
          </section>
        ))}
        <section>
          <h4>Sizes</h4>
          <p className="soft" data-testid="help-sizes">
            {sizeHelp}
          </p>
        </section>
        <section>
          <h4>Dealing</h4>
          <p className="soft">
            A click on a price sends a limit order, immediate or cancel, at the price you see. It is never
            dealt at a worse price; what is not there at that price is not filled.
          </p>
        </section>
      </div>
    </Modal>
  );
}
