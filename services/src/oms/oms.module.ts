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
        const { dataDir, instance, overloadMs } = settings;
        const bookLimits = bookLimitsOf(settings);
        return new Oms({ ...platform, dataDir, instance, overloadMs, bookLimits });
      },
    },
  ],
})
export class OmsModule {
  constructor(
    @Inject(Oms) oms: Oms,
    @Inject(Lifecycle) lifecycle: Lifecycle,
    @Inject(PLATFORM) { archive, clock, events, health, leases, log, periods, settings }: Platform,
  ) {
    const save = () => oms.save();
    const rounds = journalRounds({ periods, archive, clock, events, settings, save });
    lifecycle.add('oms', withRounds(oms, new Rounds(rounds, log)));
    // Of what is ours to decide, and of what is nobody's: what another replica owns is well.
    health.register('oms', () => {
      const unready = [...new Set([...oms.unready, ...leases.unowned('partition', oms.known)])];
      return unready.length === 0 ? undefined : `nobody decides for ${named(unready)}`;
    });
    const waiting = (): string | undefined =>
      oms.withoutJournal.length === 0
        ? undefined
        : `the journal is away: cancels only for ${named(oms.withoutJournal)}`;
    health.register('journal', waiting, 'fallback');
  }
}
