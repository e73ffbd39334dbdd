/** Configuration over REST: read, history, and changes of one document or of many at once. */
import { Body, Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import type { Configuration, DocumentVersion } from '@tidegate/platform/configuration/configuration';
import { isDocumentKind } from '@tidegate/platform/configuration/configuration.documents';
import { secretsChanged, withoutSecrets } from '@tidegate/platform/configuration/secrets';
import type { ConfigurationSchedule } from '@tidegate/platform/configuration/schedule';
import {
  cancelChangesetRequest,
  changesetRequest,
  documentChangeRequest,
  documentKinds,
  retireRequest,
  rollBackRequest,
  secretFields,
  type ChangeAnswer,
  type ChangesetRequest,
  type DocumentVersionView,
  type DocumentView,
  type ScheduledChangeset,
} from '@tidegate/wire/changes';
import type { DocumentKind } from '@tidegate/wire/configuration';
import { differences } from '@tidegate/wire/differences';
import { changeNeeds } from '@tidegate/wire/permissions';
import type { z } from 'zod';
import { CONFIGURATION } from '../../ports.ts';
import { assertMay, Caller, Needs, type Identity } from '../identity.ts';
import { ApiProblem } from '../problem.ts';
import { ConfigurationChanges } from './changes.ts';
import { SCHEDULE } from './schedule.token.ts';

const historyMax = 200;
type Fields = Readonly<Record<string, unknown>>;

@Controller('api/v1')
export class ConfigurationController {
  private readonly configuration: Configuration;
  private readonly changes: ConfigurationChanges;
  private readonly schedule: ConfigurationSchedule;

  constructor(
    @Inject(CONFIGURATION) configuration: Configuration,
    @Inject(ConfigurationChanges) changes: ConfigurationChanges,
    @Inject(SCHEDULE) schedule: ConfigurationSchedule,
  ) {
    this.configuration = configuration;
    this.changes = changes;
    this.schedule = schedule;
  }

  @Get('configuration')
  @Needs('seeConfiguration')
  async summary() {
    const kinds = await Promise.all(
      documentKinds.map(async (kind) => ({ kind, documents: (await this.configuration.list(kind)).length })),
    );
    return { version: this.configuration.current.version, kinds };
  }

  @Get('configuration/:kind')
  @Needs('seeConfiguration')
  async list(@Param('kind') kind: string): Promise<readonly DocumentView[]> {
    return (await this.configuration.list(known(kind))).map(viewOf);
  }

  @Get('configuration/:kind/:id')
  @Needs('seeConfiguration')
  async read(@Param('kind') kind: string, @Param('id') id: string): Promise<DocumentView> {
    const [found] = await this.configuration.list(known(kind), id);
    if (found === undefined) throw unknown(kind, id);
    return viewOf(found);
  }

  /** Newest first; also of a document that was retired. */
  @Get('configuration/:kind/:id/history')
  @Needs('seeConfiguration')
  async history(
    @Param('kind') kind: string,
    @Param('id') id: string,
  ): Promise<readonly DocumentVersionView[]> {
    const of = known(kind);
    const rows = await this.configuration.history(of, id, historyMax + 1);
    if (rows.length === 0) throw unknown(kind, id);
    return rows.slice(0, historyMax).map((row, index) => versionViewOf(of, row, rows[index + 1]));
  }

  @Post('configuration/:kind/:id')
  @HttpCode(200)
  @Needs('seeConfiguration')
  async change(
    @Caller() caller: Identity,
    @Param('kind') kind: string,
    @Param('id') id: string,
    @Body({ schema: documentChangeRequest }) body: z.infer<typeof documentChangeRequest>,
  ): Promise<ChangeAnswer> {
    const { document, basedOn, ...asked } = body;
    return this.one(caller, { kind: known(kind), id, document, basedOn }, asked);
  }

  @Post('configuration/:kind/:id/retire')
  @HttpCode(200)
  @Needs('seeConfiguration')
  async retire(
    @Caller() caller: Identity,
    @Param('kind') kind: string,
    @Param('id') id: string,
    @Body({ schema: retireRequest }) { basedOn, ...asked }: z.infer<typeof retireRequest>,
  ): Promise<ChangeAnswer> {
    return this.one(caller, { kind: known(kind), id, document: null, basedOn }, asked);
  }

  /** Secrets are not rolled back: a password that was given up does not come back. */
  @Post('configuration/:kind/:id/rollback')
  @HttpCode(200)
  @Needs('seeConfiguration')
  async rollBack(
    @Caller() caller: Identity,
    @Param('kind') kind: string,
    @Param('id') id: string,
    @Body({ schema: rollBackRequest }) { to, basedOn, ...asked }: z.infer<typeof rollBackRequest>,
  ): Promise<ChangeAnswer> {
    const of = known(kind);
    assertMay(caller, changeNeeds[of]);
    const found = await this.configuration.version(of, id, to);
    if (found === undefined)
      throw new ApiProblem(404, 'UNKNOWN_VERSION', `${kind} ${id.slice(0, 64)} has no version ${to}`);
    const document = found.body === null ? null : withoutSecrets(of, found.body);
    return this.one(caller, { kind: of, id, document, basedOn }, asked);
  }

  @Post('changesets')
  @HttpCode(200)
  @Needs('seeConfiguration')
  async changeset(
    @Caller() caller: Identity,
    @Body({ schema: changesetRequest }) body: ChangesetRequest,
  ): Promise<ChangeAnswer> {
    return this.changes.carryOut(caller, body);
  }

  @Get('changesets')
  @Needs('seeConfiguration')
  async scheduled(): Promise<readonly ScheduledChangeset[]> {
    return (await this.schedule.list()).map((one) => ({ ...one, documents: [...one.documents] }));
  }

  @Post('changesets/:changeset/cancel')
  @HttpCode(204)
  @Needs('seeConfiguration')
  async cancel(
    @Caller() caller: Identity,
    @Param('changeset') id: string,
    @Body({ schema: cancelChangesetRequest }) { reason }: z.infer<typeof cancelChangesetRequest>,
  ): Promise<void> {
    const found = (await this.schedule.list()).find((one) => one.id === id && one.state === 'waiting');
    for (const { kind } of found?.documents ?? []) assertMay(caller, changeNeeds[kind]);
    const canceled =
      found === undefined
        ? undefined
        : await this.schedule.cancel(id, `canceled by ${caller.user.id}: ${reason}`);
    if (canceled === undefined)
      throw new ApiProblem(404, 'UNKNOWN_CHANGESET', 'no changeset of this id waits for its time');
  }

  private one(
    caller: Identity,
    change: ChangesetRequest['changes'][number],
    asked: Omit<ChangesetRequest, 'changes'>,
  ): Promise<ChangeAnswer> {
    return this.changes.carryOut(caller, { changes: [change], ...asked });
  }
}

function known(kind: string): DocumentKind {
  if (isDocumentKind(kind)) return kind;
  const kinds = documentKinds.join(', ');
  throw new ApiProblem(404, 'UNKNOWN_DOCUMENT', `no kind ${kind.slice(0, 64)}; there are ${kinds}`);
}

const unknown = (kind: string, id: string): ApiProblem =>
  new ApiProblem(404, 'UNKNOWN_DOCUMENT', `no ${kind} ${id.slice(0, 64)}`);

function viewOf({
  kind,
  id,
  body,
  ...attributed
}: DocumentVersion & { readonly kind: DocumentKind; readonly id: string }): DocumentView {
  const hash = (body as Fields)['passwordHash'];
  const isSecret = secretFields[kind]?.includes('passwordHash') === true;
  const document = withoutSecrets(kind, body);
  return { kind, id, ...attributed, document, ...(isSecret ? { hasPassword: Boolean(hash) } : {}) };
}

function versionViewOf(
  kind: DocumentKind,
  { body, ...attributed }: DocumentVersion,
  before: DocumentVersion | undefined,
): DocumentVersionView {
  const document = body === null ? null : withoutSecrets(kind, body);
  const from = before === undefined || before.body === null ? undefined : withoutSecrets(kind, before.body);
  return {
    ...attributed,
    document,
    differences: [...differences(from, document ?? undefined)],
    secretsChanged: [...secretsChanged(kind, before?.body, body)],
  };
}
