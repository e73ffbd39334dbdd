/**
 * The user's workspaces outside React: read from the server at sign-in, saved there a moment after each
 * change. What another window has saved is not written over: it is read, and this window says so.
 */
import type { WorkspaceView } from '@tidegate/wire/workspaces';
import { workspaceLimits } from '@tidegate/wire/workspaces';
import type { Api } from '../api/client.ts';
import { ApiProblem, problemText } from '../api/problems.ts';
import { Cell } from '../cell.ts';
import { arrangementOf, bodyOf, idFor, standardArrangement, type Arrangement } from './workspace.shape.ts';

const CHOSEN = 'tidegate.workspace';
const SAVE_AFTER_MS = 800;

export type SaveState =
  | { readonly kind: 'saved' }
  | { readonly kind: 'saving' }
  /** It stays as it is on this page. */
  | { readonly kind: 'unsaved'; readonly text: string };

type Calls = Pick<Api, 'workspaces' | 'saveWorkspace' | 'deleteWorkspace'>;

export class Workspaces {
  /** In their order; never empty. */
  readonly all = new Cell<readonly Arrangement[]>([standardArrangement('desk', 'Desk', 0)]);
  readonly chosen = new Cell(localStorage.getItem(CHOSEN) ?? '');
  readonly saving = new Cell<SaveState>({ kind: 'saved' });
  readonly #api: Calls;
  readonly #changed = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** One save after the other: the next one names the version that this one gets. */
  #running: Promise<void> = Promise.resolve();

  constructor(api: Calls) {
    this.#api = api;
  }

  /** Without an answer the standard one is shown, and the next change tries again. */
  async load(): Promise<void> {
    try {
      this.#take(await this.#api.workspaces());
    } catch (error) {
      this.saving.set({ kind: 'unsaved', text: problemText(error) });
    }
  }

  current = (): Arrangement => this.#find(this.chosen.read()) ?? this.all.read()[0]!;

  choose(id: string): void {
    localStorage.setItem(CHOSEN, id);
    this.chosen.set(id);
  }

  change(next: Arrangement): void {
    if (this.#find(next.id) === next) return;
    this.all.set(this.all.read().map((each) => (each.id === next.id ? next : each)));
    this.#changed.add(next.id);
    this.#saveLater();
  }

  get mayAdd(): boolean {
    return this.all.read().length < workspaceLimits.perUser;
  }

  /** The standard one, or another under a new name. */
  add(name: string, like?: Arrangement): void {
    const all = this.all.read();
    const position = Math.max(...all.map((each) => each.position)) + 1;
    const id = idFor(name, new Set(all.map((each) => each.id)));
    const made = { ...(like ?? standardArrangement(id, name, position)), id, name, position, version: 0 };
    this.all.set([...all, made]);
    this.#changed.add(id);
    this.#saveLater();
    this.choose(id);
  }

  rename(id: string, name: string): void {
    const found = this.#find(id);
    if (found !== undefined && name.trim() !== '') this.change({ ...found, name: name.trim().slice(0, 32) });
  }

  reset(id: string): void {
    const found = this.#find(id);
    if (found === undefined) return;
    this.change({ ...standardArrangement(id, found.name, found.position), version: found.version });
  }

  /** The last one stays. */
  async remove(id: string): Promise<void> {
    const found = this.#find(id);
    if (found === undefined || this.all.read().length === 1) return;
    try {
      if (found.version > 0) await this.#api.deleteWorkspace(id);
      this.#changed.delete(id);
      this.all.set(this.all.read().filter((each) => each.id !== id));
      this.saving.set({ kind: 'saved' });
    } catch (error) {
      this.saving.set({ kind: 'unsaved', text: problemText(error) });
    }
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #find(id: string): Arrangement | undefined {
    return this.all.read().find((each) => each.id === id);
  }

  #take(views: readonly WorkspaceView[]): void {
    const taken = views.flatMap((view) => arrangementOf(view) ?? []);
    if (taken.length > 0) this.all.set(taken);
  }

  #saveLater(): void {
    this.saving.set({ kind: 'saving' });
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.flush(), SAVE_AFTER_MS);
  }

  /** Resolves when what was changed until now is saved, or can't be. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#running = this.#running.then(() => this.#save());
    return this.#running;
  }

  async #save(): Promise<void> {
    const due = [...this.#changed];
    this.#changed.clear();
    if (due.length === 0) return;
    try {
      for (const id of due) await this.#saveOne(id);
      if (this.#changed.size === 0) this.saving.set({ kind: 'saved' });
    } catch (error) {
      if (error instanceof ApiProblem && error.code === 'WORKSPACE_CHANGED') {
        this.#changed.clear();
        await this.load();
        this.saving.set({ kind: 'unsaved', text: 'Changed in another window; shown as it was saved there' });
        return;
      }
      for (const id of due) this.#changed.add(id);
      this.saving.set({ kind: 'unsaved', text: problemText(error) });
    }
  }

  async #saveOne(id: string): Promise<void> {
    const sent = this.#find(id);
    if (sent === undefined) return;
    const { version } = await this.#api.saveWorkspace(id, {
      expectedVersion: sent.version,
      body: bodyOf(sent),
    });
    // It may have been changed meanwhile: only its version is news.
    this.all.set(this.all.read().map((each) => (each.id === id ? { ...each, version } : each)));
  }
}
