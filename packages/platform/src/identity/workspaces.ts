/** Users' workspaces in SQL: a few a user, each with a version that a save must name. */
import {
  workspaceBody,
  workspaceLimits,
  type WorkspaceBody,
  type WorkspaceView,
} from '@tidegate/wire/workspaces';
import type { Database } from '../sql/database.ts';

interface Row {
  readonly workspace: string;
  readonly version: number;
  readonly body: string;
  readonly saved_at: Date;
}

export type SaveResult =
  | { readonly result: 'saved'; readonly workspace: WorkspaceView }
  /** Somebody has saved it since, or it is gone. */
  | { readonly result: 'changed' }
  | { readonly result: 'tooMany' };

const columns = 'workspace, version, body, saved_at';

export class Workspaces {
  readonly #database: Pick<Database, 'pool'>;

  constructor(database: Pick<Database, 'pool'>) {
    this.#database = database;
  }

  /** One that a later release has written and this one can't read is left out, and stays. */
  async of(user: string): Promise<readonly WorkspaceView[]> {
    const { rows } = await this.#database.pool.query<Row>(
      `SELECT ${columns} FROM workspace WHERE user_id = $1 ORDER BY workspace`,
      [user],
    );
    const views = rows.flatMap((row) => {
      const body = workspaceBody.safeParse(JSON.parse(row.body));
      return body.success ? [viewOf(row, body.data)] : [];
    });
    return views.sort((left, right) => left.body.position - right.body.position);
  }

  async save(user: string, id: string, expectedVersion: number, body: WorkspaceBody): Promise<SaveResult> {
    const { pool } = this.#database;
    const text = JSON.stringify(body);
    if (expectedVersion > 0) {
      const { rows } = await pool.query<Row>(
        'UPDATE workspace SET version = version + 1, body = $4, saved_at = now() ' +
          `WHERE user_id = $1 AND workspace = $2 AND version = $3 RETURNING ${columns}`,
        [user, id, expectedVersion, text],
      );
      return rows[0] === undefined
        ? { result: 'changed' }
        : { result: 'saved', workspace: viewOf(rows[0], body) };
    }
    const { rows } = await pool.query<Row>(
      'INSERT INTO workspace (user_id, workspace, version, body) ' +
        'SELECT $1, $2, 1, $3 WHERE (SELECT count(*) FROM workspace WHERE user_id = $1) < $4 ' +
        `ON CONFLICT DO NOTHING RETURNING ${columns}`,
      [user, id, text, workspaceLimits.perUser],
    );
    if (rows[0] !== undefined) return { result: 'saved', workspace: viewOf(rows[0], body) };
    const isThere = await pool.query('SELECT 1 FROM workspace WHERE user_id = $1 AND workspace = $2', [
      user,
      id,
    ]);
    return { result: isThere.rowCount === 1 ? 'changed' : 'tooMany' };
  }

  /** False: there is none. */
  async remove(user: string, id: string): Promise<boolean> {
    const { rowCount } = await this.#database.pool.query(
      'DELETE FROM workspace WHERE user_id = $1 AND workspace = $2',
      [user, id],
    );
    return rowCount === 1;
  }
}

function viewOf({ workspace, version, saved_at: savedAt }: Row, body: WorkspaceBody): WorkspaceView {
  return { id: workspace, version, savedAt: savedAt.toISOString(), body };
}
