/** Order management as a Nest module. */
import { Inject, Module } from '@nestjs/common';
import { Rounds } from '@tidegate/platform/jobs/rounds';
import { Lifecycle, withRounds } from '../lifecycle.ts';
import { PLATFORM, type Platform } from '../ports.ts';
import { bookLimitsOf } from '../book.limits.ts';
import { named } from '../naming.ts';
import { journalRounds } from './journal.rounds.ts';
import { Oms } from './oms.ts';

@Module({
  providers: [
    {
      provide: Oms,
      inject: [PLATFORM],
      useFactory: ({ settings, ...platform }: Platform) => {
        const { dataDir, overloadMs } = settings;
        return new Oms({ ...platform, dataDir, overloadMs, bookLimits: bookLimitsOf(settings) });
      },
    },
  ],
})
export class OmsModule {
  constructor(
    @Inject(Oms) oms: Oms,
    @Inject(Lifecycle) lifecycle: Lifecycle,
    @Inject(PLATFORM) { archive, clock, events, health, log, periods, settings }: Platform,
  ) {
    const save = () => oms.save();
    const rounds = journalRounds({ periods, archive, clock, events, settings, save });
    lifecycle.add('oms', withRounds(oms, new Rounds(rounds, log)));
    health.register('oms', () =>
      oms.unowned.length === 0 ? undefined : `nobody here owns ${named(oms.unowned)}`,
    );
    const waiting = (): string | undefined =>
      oms.withoutJournal.length === 0
        ? undefined
        : `the journal is away: cancels only for ${named(oms.withoutJournal)}`;
    health.register('journal', waiting, 'fallback');
  }
}
