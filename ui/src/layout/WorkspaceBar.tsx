/** The user's workspaces as tabs, what may be added to the one that shows, and whether it is saved. */
import { Dropdown, Input, Modal } from 'antd';
import { useState } from 'react';
import { useCell } from '../cell.ts';
import { useDesk } from '../desk.ts';
import { added, mayAdd, panelTitles, type PanelKind } from './workspace.shape.ts';
import type { SaveState } from './workspaces.state.ts';

const savingWords: Readonly<Record<SaveState['kind'], string>> = {
  saved: '',
  saving: 'Saving …',
  unsaved: 'Not saved',
};

export function WorkspaceBar() {
  const { workspaces } = useDesk();
  const all = useCell(workspaces.all);
  useCell(workspaces.chosen);
  const saving = useCell(workspaces.saving);
  const current = workspaces.current();
  return (
    <div className="workspace-bar">
      <div className="tabs" role="group" aria-label="Workspaces">
        {all.map(({ id, name }) => (
          <button
            key={id}
            type="button"
            aria-pressed={id === current.id}
            data-testid={`workspace-${id}`}
            onClick={() => workspaces.choose(id)}
          >
            {name}
          </button>
        ))}
      </div>
      <AddPanel />
      <WorkspaceMenu />
      <span
        className="workspace-state faint"
        role="status"
        data-kind={saving.kind}
        data-testid="workspace-state"
        title={saving.kind === 'unsaved' ? saving.text : undefined}
      >
        {savingWords[saving.kind]}
      </span>
    </div>
  );
}

function AddPanel() {
  const { workspaces } = useDesk();
  const current = workspaces.current();
  const items = Object.entries(panelTitles).map(([kind, title]) => ({
    key: kind,
    label: <span data-testid={`add-${kind}`}>{kind === 'prices' ? 'Watch list' : title}</span>,
    disabled: !mayAdd(current),
  }));
  return (
    <Dropdown
      autoFocus
      trigger={['click']}
      menu={{
        items,
        onClick: ({ key }) => workspaces.change(added(workspaces.current(), key as PanelKind)),
      }}
    >
      <button type="button" className="workspace-action" data-testid="panel-add">
        Add panel
      </button>
    </Dropdown>
  );
}

type Asked = 'none' | 'new' | 'copy' | 'rename' | 'reset' | 'delete';

function WorkspaceMenu() {
  const { workspaces } = useDesk();
  const [asked, setAsked] = useState<Asked>('none');
  const isLast = useCell(workspaces.all).length === 1;
  const item = (key: Asked, label: string, disabled = false) => ({
    key,
    label: <span data-testid={`workspace-${key}`}>{label}</span>,
    disabled,
  });
  const items = [
    item('new', 'New workspace', !workspaces.mayAdd),
    item('copy', 'Copy this one', !workspaces.mayAdd),
    item('rename', 'Rename'),
    item('reset', 'Standard panels again'),
    item('delete', 'Delete', isLast),
  ];
  return (
    <>
      <Dropdown autoFocus trigger={['click']} menu={{ items, onClick: ({ key }) => setAsked(key as Asked) }}>
        <button type="button" className="workspace-action" data-testid="workspace-menu">
          Workspace
        </button>
      </Dropdown>
      {asked !== 'none' && <WorkspaceDialog asked={asked} onDone={() => setAsked('none')} />}
    </>
  );
}

const titles: Readonly<Record<Exclude<Asked, 'none'>, string>> = {
  new: 'New workspace',
  copy: 'Copy this workspace',
  rename: 'Rename this workspace',
  reset: 'Standard panels again?',
  delete: 'Delete this workspace?',
};

function WorkspaceDialog({
  asked,
  onDone,
}: {
  readonly asked: Exclude<Asked, 'none'>;
  readonly onDone: () => void;
}) {
  const { workspaces } = useDesk();
  const current = workspaces.current();
  const isNamed = asked === 'new' || asked === 'copy' || asked === 'rename';
  const [name, setName] = useState(asked === 'rename' ? current.name : '');
  const act = (): void => {
    if (asked === 'new') workspaces.add(name.trim());
    else if (asked === 'copy') workspaces.add(name.trim(), current);
    else if (asked === 'rename') workspaces.rename(current.id, name);
    else if (asked === 'reset') workspaces.reset(current.id);
    else void workspaces.remove(current.id);
    onDone();
  };
  return (
    <Modal
      open
      title={titles[asked]}
      width={360}
      onCancel={onDone}
      onOk={act}
      okText={isNamed ? 'Save' : asked === 'delete' ? 'Delete' : 'Reset'}
      okButtonProps={{
        disabled: isNamed && name.trim() === '',
        danger: asked === 'delete',
        'data-testid': 'workspace-ok',
      }}
    >
      {isNamed ? (
        <Input
          autoFocus
          value={name}
          maxLength={32}
          aria-label="Name"
          data-testid="workspace-name"
          onChange={(event) => setName(event.target.value)}
          onPressEnter={() => name.trim() !== '' && act()}
        />
      ) : (
        `“${current.name}” ${asked === 'delete' ? 'goes for good' : 'loses what you have arranged'}.`
      )}
    </Modal>
  );
}
