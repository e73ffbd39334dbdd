/** The platform's processes: which there are, what each owns, and how one is asked to leave. */
import { Button } from 'antd';
import { useMemo, useState } from 'react';
import { movedFrom, type DrainAnswer, type InstanceView } from '@tidegate/wire/instances';
import type { LeaseView } from '@tidegate/wire/leases';
import { useDesk } from '../desk.ts';
import {
  actionColumn,
  numberColumn,
  setColumn,
  textColumn,
  timeColumn,
  type Column,
} from '../grid/columns.ts';
import { Grid } from '../grid/Grid.tsx';
import { CardLine } from '../grid/GridCards.tsx';
import { Moment } from '../time/Moment.tsx';
import { DrainDialog } from './DrainDialog.tsx';
import { useCluster } from './cluster.reading.ts';
import {
  kindWord,
  movedText,
  ownedText,
  reasonText,
  stateTones,
  stateWords,
  whyWords,
} from './cluster.words.ts';

function StateChip({ instance: { instance, state } }: { readonly instance: InstanceView }) {
  return (
    <span className="chip" data-tone={stateTones[state]} data-testid={`instance-${instance}-state`}>
      <span className="dot" data-tone={stateTones[state]} />
      {stateWords[state]}
    </span>
  );
}

const instanceColumns: readonly Column<InstanceView>[] = [
  setColumn('state', 'State', 112, ({ state }) => stateWords[state], {
    cell: (instance) => <StateChip instance={instance} />,
  }),
  textColumn('instance', 'Instance', 170, ({ instance }) => instance),
  textColumn('services', 'Services', 260, ({ services }) => services.join(', ')),
  textColumn('owned', 'Owns', 260, ownedText),
  setColumn('version', 'Version', 80, ({ version }) => version),
  timeColumn('startedAt', 'Since', ({ startedAt }) => startedAt),
  textColumn('why', 'Why', 260, reasonText),
  numberColumn('pid', 'Process', 80, ({ pid }) => pid, String),
];

const leaseColumns: readonly Column<LeaseView>[] = [
  setColumn('kind', 'Kind', 130, ({ kind }) => kindWord(kind)),
  textColumn('resource', 'What', 200, ({ resource }) => resource),
  setColumn('instance', 'Owner', 170, ({ instance }) => instance ?? 'Nobody'),
  setColumn('isLive', 'Owner is', 90, ({ instance, isLive }) =>
    instance === undefined ? '' : isLive ? 'Alive' : 'Silent',
  ),
  timeColumn('since', 'Since', ({ since }) => since),
  setColumn('why', 'Why', 230, ({ why }) => whyWords[why]),
  numberColumn('epoch', 'Epoch', 80, ({ epoch }) => epoch, String),
];

const isThere = ({ state }: InstanceView): boolean => state !== 'gone' && state !== 'silent';

/** At the right edge, for those who may. */
const drainColumn = (open: (instance: InstanceView) => void): Column<InstanceView> =>
  actionColumn('drain', '', 80, (instance) =>
    isThere(instance) && instance.state !== 'draining' ? (
      <Button
        size="small"
        data-testid={`instance-${instance.instance}-drain`}
        aria-label={`Drain ${instance.instance}`}
        onClick={() => open(instance)}
      >
        Drain
      </Button>
    ) : null,
  );

export function ClusterPage() {
  const { mayInspect } = useDesk();
  if (mayInspect) return <Cluster />;
  return (
    <main className="page">
      <div className="empty">Operators only</div>
    </main>
  );
}

function Cluster() {
  const { me } = useDesk();
  const [begun, setBegun] = useState<DrainAnswer | null>(null);
  const [asked, setAsked] = useState<InstanceView | null>(null);
  const { instances, leases, problem } = useCluster(begun !== null);
  const mayDrain = me.permissions.includes('operate');
  const columns = useMemo(
    () => (mayDrain ? [...instanceColumns, drainColumn(setAsked)] : instanceColumns),
    [mayDrain],
  );
  const all = instances ?? [];
  return (
    <main className="page stacked">
      <section className="panel tabs-panel">
        <Grid
          name="instances"
          title="Processes"
          testId="instances-table"
          columns={columns}
          rows={all}
          rowKey={({ incarnation }) => String(incarnation)}
          card={(instance) => <InstanceCard instance={instance} onDrain={mayDrain ? setAsked : null} />}
          empty={problem || (instances === null ? 'Reading processes …' : 'Nobody has said anything yet')}
          rowTone={(instance) => (isThere(instance) ? '' : 'closed')}
          actions={
            <>
              {instances !== null && problem !== '' && <span className="soft">{problem}</span>}
              {begun !== null && <Leaving begun={begun} instances={all} leases={leases} />}
            </>
          }
        />
      </section>
      <section className="panel tabs-panel">
        <Grid
          name="leases"
          title="What is owned"
          testId="leases-table"
          columns={leaseColumns}
          rows={leases}
          rowKey={({ kind, resource }) => `${kind} ${resource}`}
          card={(lease) => <LeaseCard lease={lease} />}
          empty={problem || 'Nothing is owned'}
        />
      </section>
      <DrainDialog instance={asked} all={all} onClose={() => setAsked(null)} onBegun={setBegun} />
    </main>
  );
}

interface LeavingProps {
  readonly begun: DrainAnswer;
  readonly instances: readonly InstanceView[];
  readonly leases: readonly LeaseView[];
}

/** How far the one that was asked last is. */
function Leaving({ begun, instances, leases }: LeavingProps) {
  const state = instances.find(({ incarnation }) => incarnation === begun.incarnation)?.state ?? 'draining';
  return (
    <output className="blotter-count" data-testid="drain-progress">
      {begun.instance}: {stateWords[state].toLowerCase()}; {movedText(movedFrom(begun, leases))}
    </output>
  );
}

interface InstanceCardProps {
  readonly instance: InstanceView;
  readonly onDrain: ((instance: InstanceView) => void) | null;
}

function InstanceCard({ instance, onDrain }: InstanceCardProps) {
  const why = reasonText(instance);
  return (
    <>
      <div className="card-head">
        <span className="clip">{instance.instance}</span>
        <StateChip instance={instance} />
      </div>
      <div className="card-grid">
        <CardLine label="Services">{instance.services.join(', ')}</CardLine>
        <CardLine label="Owns">{ownedText(instance) || '–'}</CardLine>
        <CardLine label="Version">{instance.version}</CardLine>
        <CardLine label="Since">
          <Moment at={instance.startedAt} />
        </CardLine>
      </div>
      {why !== '' && <div className="card-note">{why}</div>}
      {onDrain !== null && isThere(instance) && (
        <Button size="small" onClick={() => onDrain(instance)}>
          Drain
        </Button>
      )}
    </>
  );
}

function LeaseCard({ lease: { kind, resource, instance, since, why } }: { readonly lease: LeaseView }) {
  return (
    <>
      <div className="card-head">
        <span className="clip">{resource}</span>
        <span>{kindWord(kind)}</span>
      </div>
      <div className="card-grid">
        <CardLine label="Owner">{instance ?? 'Nobody'}</CardLine>
        <CardLine label="Since">
          <Moment at={since} />
        </CardLine>
        <CardLine label="Why">{whyWords[why]}</CardLine>
      </div>
    </>
  );
}
