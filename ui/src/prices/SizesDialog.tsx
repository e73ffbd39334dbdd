/** Sizes of one instrument: presets to take, back to the usual one, and the dealer's own limits. */
import { Button, Form, Input, Modal } from 'antd';
import { useEffect, useState } from 'react';
import type { InstrumentView } from '@tidegate/wire/rest';
import { useCell } from '../cell.ts';
import { useDesk } from '../desk.ts';
import { readOwnSizes, type TypedSizes } from './own.sizes.ts';
import { groupedDecimal, shortSize } from './price.format.ts';
import { defaultSize } from './size.ts';

export function SizesDialog() {
  const { dealing, instrument } = useDesk();
  const chosen = instrument(useCell(dealing.sizesOf));
  const close = (): void => dealing.sizesOf.set('');
  return (
    <Modal
      open={chosen !== undefined}
      onCancel={close}
      footer={null}
      width={400}
      destroyOnHidden
      title={chosen === undefined ? '' : `Sizes of ${chosen.symbol}`}
      data-testid="sizes-dialog"
    >
      {chosen !== undefined && <Sizes instrument={chosen} onDone={close} />}
    </Modal>
  );
}

function Sizes({ instrument, onDone }: { readonly instrument: InstrumentView; readonly onDone: () => void }) {
  const { dealing, tile } = useDesk();
  const version = useCell(dealing.sizesVersion);
  const own = dealing.ownSizes(instrument);
  const [typed, setTyped] = useState<TypedSizes>(asTyped(own));
  useEffect(() => setTyped(asTyped(dealing.ownSizes(instrument))), [dealing, instrument, version]);
  const read = readOwnSizes(typed, instrument);
  const take = (size: string): void => {
    tile(instrument.id)?.size.set(groupedDecimal(size));
    onDone();
  };
  const field = (name: keyof TypedSizes, label: string) => (
    <Form.Item label={label}>
      <Input
        value={typed[name]}
        onChange={(event) => setTyped({ ...typed, [name]: event.target.value })}
        aria-label={label}
        data-testid={`sizes-${name}`}
      />
    </Form.Item>
  );
  return (
    <Form
      layout="vertical"
      onFinish={() => {
        if (read.ok) dealing.setOwnSizes(instrument, typed);
      }}
    >
      <div className="sizes-presets">
        {own.presets.map((size, at) => (
          <Button key={size} onClick={() => take(size)} data-testid={`sizes-preset-${at}`}>
            {shortSize(size)}
          </Button>
        ))}
        <Button type="text" onClick={() => take(defaultSize(instrument))} data-testid="sizes-reset">
          Reset
        </Button>
      </div>
      {field('presets', 'Presets, with blanks between')}
      {field('maximum', 'My maximum')}
      {field('confirmAbove', 'Ask me above')}
      <p className="soft" role="status" data-testid="sizes-reason">
        {read.ok ? '' : read.reason}
      </p>
      <Button htmlType="submit" type="primary" disabled={!read.ok} data-testid="sizes-save">
        Keep
      </Button>{' '}
      <Button onClick={() => dealing.setOwnSizes(instrument, null)} data-testid="sizes-usual">
        Usual sizes
      </Button>
    </Form>
  );
}

const asTyped = (own: {
  readonly presets: readonly string[];
  readonly maximum: string;
  readonly confirmAbove: string;
}): TypedSizes => ({
  presets: own.presets.map(shortSize).join(' '),
  maximum: groupedDecimal(own.maximum),
  confirmAbove: groupedDecimal(own.confirmAbove),
});
