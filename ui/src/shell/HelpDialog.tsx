/** The keys of the desk, made of their one table, where each can be changed; and how sizes are written. */
import { Button, Modal } from 'antd';
import { useState, type KeyboardEvent } from 'react';
import { useCell } from '../cell.ts';
import { useDesk } from '../desk.ts';
import { sizeHelp } from '../prices/size.ts';
import { chordOf, fixedKeys, keyTable, type KeyId, type KeyPlace } from './keys.ts';
import { mayOpen, pages } from './workspace.ts';

const places: readonly { readonly place: KeyPlace; readonly title: string }[] = [
  { place: 'anywhere', title: 'Anywhere' },
  { place: 'tile', title: 'On a focused tile' },
];

export function HelpDialog() {
  const { workspace } = useDesk();
  const open = useCell(workspace.dialog) === 'help';
  return (
    <Modal
      open={open}
      onCancel={() => workspace.dialog.set('none')}
      footer={null}
      width={720}
      title="Keys"
      destroyOnHidden
      data-testid="help-dialog"
    >
      <div className="keys">
        <OwnKeys />
        {fixedKeys.map((group) => (
          <section key={group.title}>
            <h2>{group.title}</h2>
            <dl>
              {group.keys.map(([keys, does]) => (
                <div key={does}>
                  <dt>
                    <Chord chord={keys} />
                  </dt>
                  <dd>{does}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
        <section>
          <h2>Sizes</h2>
          <p className="soft" data-testid="help-sizes">
            {sizeHelp}
          </p>
        </section>
        <section>
          <h2>Dealing</h2>
          <p className="soft">
            A click on a price sends a limit order, immediate or cancel, at the price you see. It is never
            dealt at a worse price; what is not there at that price is not filled.
          </p>
        </section>
      </div>
    </Modal>
  );
}

/** The table of the desk; a press of “Change” takes the next key. */
function OwnKeys() {
  const { keys, me } = useDesk();
  const bindings = useCell(keys.bindings);
  const [changing, setChanging] = useState<KeyId | null>(null);
  const [refusal, setRefusal] = useState('');
  const take = (id: KeyId, event: KeyboardEvent): void => {
    if (changing !== id || event.key === 'Tab') return;
    const chord = chordOf(event);
    event.preventDefault();
    event.stopPropagation();
    if (chord === '') return;
    const why = event.key === 'Escape' ? '' : keys.bind(id, chord);
    setRefusal(why);
    if (why === '') setChanging(null);
  };
  const shown = keyTable.filter(({ id }) => {
    const page = pages.find((each) => each === id);
    return page === undefined || mayOpen(page, me);
  });
  return (
    <>
      {places.map(({ place, title }) => (
        <section key={place}>
          <h2>{title}</h2>
          <dl>
            {shown
              .filter((row) => row.place === place)
              .map(({ id, does }) => (
                <div key={id}>
                  <dt>
                    <button
                      type="button"
                      className="key-change"
                      aria-pressed={changing === id}
                      data-testid={`key-${id}`}
                      onClick={() => {
                        setRefusal('');
                        setChanging(changing === id ? null : id);
                      }}
                      onKeyDown={(event) => take(id, event)}
                      onBlur={() => setChanging((held) => (held === id ? null : held))}
                    >
                      {changing === id ? <span>Press a key</span> : <Chord chord={bindings[id]} />}
                      <span className="reader-only">: {does}. Change</span>
                    </button>
                  </dt>
                  <dd>{does}</dd>
                </div>
              ))}
          </dl>
          {place === 'tile' && (
            <p className="soft keys-note">
              <span role="status" data-testid="key-refusal">
                {refusal === '' ? 'Press a key here to change it; it is kept in this browser.' : refusal}
              </span>
              <Button size="small" data-testid="keys-reset" onClick={() => keys.reset()}>
                Reset all
              </Button>
            </p>
          )}
        </section>
      ))}
    </>
  );
}

const words: Readonly<Record<string, string>> = { Ctrl: 'Ctrl/⌘', '': '+' };

function Chord({ chord }: { readonly chord: string }) {
  if (chord.includes(',') || chord.includes(' ')) return <kbd>{chord}</kbd>;
  return (
    <>
      {chord.split('+').map((key) => (
        <kbd key={key}>{words[key] ?? key}</kbd>
      ))}
    </>
  );
}
