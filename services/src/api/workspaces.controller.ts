/** How the caller has arranged the desk: kept here, so that any browser shows it. Nobody else's are seen. */
import { Body, Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import type { Workspaces } from '@tidegate/platform/identity/workspaces';
import {
  saveWorkspaceRequest,
  workspaceId,
  type SaveWorkspaceRequest,
  type WorkspaceView,
} from '@tidegate/wire/workspaces';
import { WORKSPACES } from '../ports.ts';
import { Caller, type Identity } from './identity.ts';
import { ApiProblem } from './problem.ts';

@Controller('api/v1')
export class WorkspacesController {
  private readonly workspaces: Workspaces;

  constructor(@Inject(WORKSPACES) workspaces: Workspaces) {
    this.workspaces = workspaces;
  }

  @Get('workspaces')
  list(@Caller() { user }: Identity): Promise<readonly WorkspaceView[]> {
    return this.workspaces.of(user.id);
  }

  @Post('workspaces/:workspace')
  @HttpCode(200)
  async save(
    @Caller() { user }: Identity,
    @Param('workspace') id: string,
    @Body({ schema: saveWorkspaceRequest }) { expectedVersion, body }: SaveWorkspaceRequest,
  ): Promise<WorkspaceView> {
    if (!workspaceId.safeParse(id).success)
      throw new ApiProblem(422, 'BAD_WORKSPACE', 'an id has 1 to 24 of a-z, 0-9 and -');
    const saved = await this.workspaces.save(user.id, id, expectedVersion, body);
    switch (saved.result) {
      case 'saved':
        return saved.workspace;
      case 'changed':
        throw new ApiProblem(409, 'WORKSPACE_CHANGED', 'it was saved from elsewhere; read it again');
      case 'tooMany':
        throw new ApiProblem(422, 'TOO_MANY_WORKSPACES', 'delete one before');
    }
  }

  @Post('workspaces/:workspace/delete')
  @HttpCode(204)
  async remove(@Caller() { user }: Identity, @Param('workspace') id: string): Promise<void> {
    if (!(await this.workspaces.remove(user.id, id)))
      throw new ApiProblem(404, 'UNKNOWN_WORKSPACE', `no workspace ${id.slice(0, 24)}`);
  }
}
