/** Where archived periods of the journal are, as the settings say. */
import { join } from 'node:path';
import type { Settings } from '@tidegate/platform/configuration/config';

/**
 * Undefined: nowhere. Beside the embedded database, which is lost with the same disk; beside a database that
 * is elsewhere only where the operator says that the folder lasts.
 */
export const archiveFolderOf = ({
  archiveDir,
  databaseUrl,
  dataDir,
}: Pick<Settings, 'archiveDir' | 'databaseUrl' | 'dataDir'>): string | undefined =>
  archiveDir ?? (databaseUrl === undefined ? join(dataDir, 'archive') : undefined);

/** The second place of the audit's checkpoints, by the same rule. */
export const checkpointFolderOf = ({
  auditCheckpointDir,
  databaseUrl,
  dataDir,
}: Pick<Settings, 'auditCheckpointDir' | 'databaseUrl' | 'dataDir'>): string | undefined =>
  auditCheckpointDir ?? (databaseUrl === undefined ? join(dataDir, 'audit.checkpoints') : undefined);
