/**
 * The newer libraries' authentication options (user, application, both, token) as native handles. Handles are
 * freed in the reverse order, also when a later step fails.
 */
import { pointerCell, pointerIn, type Abi, type Pointer } from './abi.ts';
import type { BlpAuth, BlpAuthUser } from './contract.ts';
import { readSecret } from './secret.ts';

export interface OpenedAuth {
  readonly handle: Pointer;
  close(): void;
}

class Handles {
  readonly #abi: Abi;
  readonly #frees: (() => void)[] = [];

  constructor(abi: Abi) {
    this.#abi = abi;
  }

  /** Runs a creating call that writes its handle into a cell. */
  make(source: string, create: (cell: BigUint64Array) => number, free: (handle: Pointer) => void): Pointer {
    const cell = pointerCell();
    this.#abi.check(source, create(cell));
    const handle = pointerIn(cell);
    this.#frees.push(() => free(handle));
    return handle;
  }

  close(): void {
    for (const free of this.#frees.reverse()) free();
    this.#frees.length = 0;
  }
}

function openUser(abi: Abi, handles: Handles, user: BlpAuthUser): Pointer {
  const free = abi.need('AuthUser_destroy');
  switch (user.from) {
    case 'logonName':
      return handles.make('AuthUser_createWithLogonName', abi.need('AuthUser_createWithLogonName'), free);
    case 'activeDirectory': {
      const create = abi.need('AuthUser_createWithActiveDirectoryProperty');
      return handles.make(
        'AuthUser_createWithActiveDirectoryProperty',
        (c) => create(c, user.property),
        free,
      );
    }
    case 'manual': {
      const create = abi.need('AuthUser_createWithManualOptions');
      const { userId, ipAddress } = user;
      return handles.make('AuthUser_createWithManualOptions', (c) => create(c, userId, ipAddress), free);
    }
  }
}

function openApplication(abi: Abi, handles: Handles, name: string): Pointer {
  const create = abi.need('AuthApplication_create');
  return handles.make(
    'AuthApplication_create',
    (cell) => create(cell, name),
    abi.need('AuthApplication_destroy'),
  );
}

function openOptions(abi: Abi, handles: Handles, auth: BlpAuth): Pointer {
  const free = abi.need('AuthOptions_destroy');
  switch (auth.mode) {
    case 'user': {
      const user = openUser(abi, handles, auth.user);
      const create = abi.need('AuthOptions_create_forUserMode');
      return handles.make('AuthOptions_create_forUserMode', (cell) => create(cell, user), free);
    }
    case 'application': {
      const application = openApplication(abi, handles, auth.applicationName);
      const create = abi.need('AuthOptions_create_forAppMode');
      return handles.make('AuthOptions_create_forAppMode', (cell) => create(cell, application), free);
    }
    case 'userAndApplication': {
      const user = openUser(abi, handles, auth.user);
      const application = openApplication(abi, handles, auth.applicationName);
      const create = abi.need('AuthOptions_create_forUserAndAppMode');
      return handles.make('AuthOptions_create_forUserAndAppMode', (c) => create(c, user, application), free);
    }
    case 'token': {
      const text = readSecret(auth.tokenFile);
      const make = abi.need('AuthToken_create');
      const token = handles.make(
        'AuthToken_create',
        (cell) => make(cell, text),
        abi.need('AuthToken_destroy'),
      );
      const create = abi.need('AuthOptions_create_forToken');
      return handles.make('AuthOptions_create_forToken', (cell) => create(cell, token), free);
    }
  }
}

/** Throws BlpError UNSUPPORTED_BY_LIBRARY where the library is older than these options. */
export function openAuth(abi: Abi, auth: BlpAuth): OpenedAuth {
  const handles = new Handles(abi);
  try {
    return { handle: openOptions(abi, handles, auth), close: () => handles.close() };
  } catch (error) {
    handles.close();
    throw error;
  }
}
