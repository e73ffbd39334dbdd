/** The audit for compliance: found by time, person, kind and target; exported; proved entry by entry. */
import { Readable } from 'node:stream';
import { Controller, Get, Inject, Query, StreamableFile } from '@nestjs/common';
import { rootsOf, type Audit } from '@tidegate/platform/audit/audit';
import { exportLines } from '@tidegate/platform/audit/export';
import { inclusionRanges } from '@tidegate/platform/audit/tree';
import {
  auditProofQuery,
  auditQuery,
  type AuditListQuery,
  type AuditProofQuery,
  type AuditProofView,
} from '@tidegate/wire/audit';
import { AUDIT } from '../../ports.ts';
import { Needs } from '../identity.ts';
import { ApiProblem } from '../problem.ts';

@Controller('api/v1')
export class AuditController {
  private readonly audit: Audit;

  constructor(@Inject(AUDIT) audit: Audit) {
    this.audit = audit;
  }

  @Get('audit')
  @Needs('seeAudit')
  list(@Query({ schema: auditQuery }) { limit, ...query }: AuditListQuery) {
    return this.audit.list({ limit, ...given(query) });
  }

  @Get('audit/export')
  @Needs('seeAudit')
  export(): StreamableFile {
    const lines = Readable.from(exportLines(this.audit), { objectMode: true });
    return new StreamableFile(lines, {
      type: 'application/jsonl; charset=utf-8',
      disposition: 'attachment; filename="audit.jsonl"',
    });
  }

  @Get('audit/proof')
  @Needs('seeAudit')
  async proof(@Query({ schema: auditProofQuery }) { number }: AuditProofQuery): Promise<AuditProofView> {
    const [found] = await this.audit.after(number - 1, 1);
    if (found === undefined) throw new ApiProblem(404, 'UNKNOWN_ENTRY', `the audit has no entry ${number}`);
    const last = await this.audit.lastCheckpoint();
    if (last === undefined || last.size < number)
      throw new ApiProblem(409, 'NOT_SIGNED_YET', 'no checkpoint has it yet; it is signed within a minute');
    const { size, note: checkpoint, key } = last;
    const roots = await rootsOf(this.audit, inclusionRanges(number - 1, size));
    const proof = roots.map((root) => root.toString('hex'));
    const hash = found.hash.toString('hex');
    return { number, body: found.body.toString('utf8'), hash, size, proof, checkpoint, key };
  }
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

const given = <T extends object>(query: T): Given<T> =>
  Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined)) as Given<T>;
