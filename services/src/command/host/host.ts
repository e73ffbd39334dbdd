/** A command that works on this host, on the settings of the platform, before or while that runs. */
import type { Log } from '@tidegate/platform/observe/log';

export interface HostCommand {
  readonly name: string;
  readonly usage: string;
  readonly about: string;
  readonly details: string;
  /** The exit code. */
  run(args: readonly string[], log: Log): Promise<number>;
}
