/** `tidegate restore`: brings an archived period back into the journal. */
import { restoreArchive } from '@tidegate/platform/archive/restore';
import { CommandRefused, Progress, splitter, type Command } from './command.ts';

export const restoreCommand: Command = {
  name: 'restore',
  usage: 'restore MANIFEST',
  about: 'bring an archived period back into the journal',
  details: `MANIFEST is the .json file of the archive; the .copy.zst file lies beside it. All of it is checked
before it is joined to the journal; then the journal is as it was before it was archived. The running platform
archives it again after seven days.

Refuses with ARCHIVE_MISSING, ARCHIVE_DAMAGED, ARCHIVE_FOREIGN, ARCHIVE_NOT_NEEDED or ARCHIVE_BUSY.`,
  split: splitter([], [], true),
  async run({ url }, own) {
    const file = own.get('file');
    if (file === undefined) throw new CommandRefused('ARGUMENTS', 'restore MANIFEST: which one?');
    const progress = new Progress();
    const tell = (done: number, total: number): void => progress.tell('restore', done, total);
    const { period, records } = await restoreArchive(url, file, tell);
    process.stdout.write(`${period}: ${records} events are in the journal again\n`);
  },
};
