/**
 * The Bloomberg library as the supervisor needs it: opened by path, sessions with the options that the
 * settings ask for, and our authorisation in the way that this version of the library has. Secrets stay in
 * files; only their paths pass here.
 */
import { readFile } from 'node:fs/promises';
import type {
  BlpAuth,
  BlpAuthUser,
  BlpIdentity,
  BlpLibraryDescription,
  BlpSessionListener,
  BlpSessionOptions,
  BlpSessionPort,
} from '@tidegate/blpapi/contract';
import { localError } from '@tidegate/blpapi/errors';
import { openLibrary } from '@tidegate/blpapi/library';
import { BlpSession } from '@tidegate/blpapi/session';
import type { Settings } from '@tidegate/platform/configuration/config';

/** Loads the library; throws with a `category` that says why not. */
export interface Binding {
  open(): Promise<OpenedBinding>;
}

export interface OpenedBinding {
  readonly description: BlpLibraryDescription;
  /** A new session object, not yet started. */
  session(listener: BlpSessionListener): BlpSessionPort;
  /** The identity that subscriptions and requests are made with; undefined: the session's own. */
  authorise(session: BlpSessionPort): Promise<BlpIdentity | undefined>;
}

export type BloombergSettings = Pick<
  Settings,
  | 'bloombergServers'
  | 'bloombergClientMode'
  | 'bloombergAuth'
  | 'bloombergUser'
  | 'bloombergApplication'
  | 'bloombergTokenFile'
  | 'bloombergCredentialsFile'
  | 'bloombergCredentialsPasswordFile'
  | 'bloombergTrustFile'
  | 'bloombergQueueEvents'
  | 'bloombergSubscriptionsMax'
>;

/** What decides the form of authorisation: libraries from 3.16 take it as an option of the session. */
const sessionIdentitySymbol = 'SessionOptions_setSessionIdentityOptions';

export class LibraryBinding implements Binding {
  private readonly path: () => Promise<string>;
  private readonly settings: BloombergSettings;
  private readonly sessionName: string;

  /** `path` finds or builds the library; it throws with a `category` like `open` itself. */
  constructor(path: () => Promise<string>, settings: BloombergSettings, sessionName: string) {
    this.path = path;
    this.settings = settings;
    this.sessionName = sessionName;
  }

  async open(): Promise<OpenedBinding> {
    const { settings, sessionName } = this;
    const description = openLibrary(await this.path());
    const isModern = description.optionalSymbols.includes(sessionIdentitySymbol);
    const options = sessionOptions(description.path, settings, isModern, sessionName);
    return {
      description,
      session: (listener) => new BlpSession(options, listener),
      authorise: (session) => authorise(session, settings, isModern),
    };
  }
}

export function sessionOptions(
  library: string,
  settings: BloombergSettings,
  isModern: boolean,
  sessionName: string,
): BlpSessionOptions {
  const { bloombergCredentialsFile, bloombergCredentialsPasswordFile, bloombergTrustFile } = settings;
  const auth = authOf(settings);
  // Older libraries would sign on as the user of this process instead.
  if (!isModern && auth !== undefined && 'user' in auth && auth.user.from === 'manual')
    throw localError('BLOOMBERG_USER', 'UNSUPPORTED_BY_LIBRARY', 'this library takes no manual user');
  return {
    library,
    servers: settings.bloombergServers,
    clientMode: settings.bloombergClientMode,
    // Back-off between rounds is ours; two tries each bridge a server that is being restarted.
    numStartAttempts: 2,
    connectTimeoutMs: 5_000,
    autoRestartOnDisconnection: true,
    keepAlive: { isEnabled: true, inactivityMs: 20_000, responseTimeoutMs: 5_000 },
    maxEventQueueSize: settings.bloombergQueueEvents,
    recordReceiveTimes: false,
    subscriptionsMax: settings.bloombergSubscriptionsMax + 1_000,
    ...(isModern && auth !== undefined ? { sessionIdentity: auth } : {}),
    ...(isModern || auth === undefined ? {} : { authenticationOptions: authenticationText(settings) }),
    ...(isModern ? { sessionName } : {}),
    ...(bloombergCredentialsFile === undefined ||
    bloombergCredentialsPasswordFile === undefined ||
    bloombergTrustFile === undefined
      ? {}
      : {
          tls: {
            clientCredentialsFile: bloombergCredentialsFile,
            clientCredentialsPasswordFile: bloombergCredentialsPasswordFile,
            trustedCertificatesFile: bloombergTrustFile,
          },
        }),
  };
}

function userOf({ bloombergUser }: BloombergSettings): BlpAuthUser {
  const [kind, value = ''] = splitOnce(bloombergUser, ':');
  if (kind === 'directory') return { from: 'activeDirectory', property: value };
  const [userId, ipAddress = ''] = splitOnce(value, ',');
  return kind === 'manual' ? { from: 'manual', userId, ipAddress } : { from: 'logonName' };
}

function authOf(settings: BloombergSettings): BlpAuth | undefined {
  const { bloombergAuth, bloombergApplication = '', bloombergTokenFile = '' } = settings;
  switch (bloombergAuth) {
    case 'user':
      return { mode: 'user', user: userOf(settings) };
    case 'application':
      return { mode: 'application', applicationName: bloombergApplication };
    case 'userAndApplication':
      return {
        mode: 'userAndApplication',
        user: userOf(settings),
        applicationName: bloombergApplication,
      };
    case 'token':
      return { mode: 'token', tokenFile: bloombergTokenFile };
    default:
      return undefined;
  }
}

/** The same for older libraries, which take it as text and give a token for it. */
export function authenticationText(settings: BloombergSettings): string {
  const { bloombergAuth, bloombergApplication = '' } = settings;
  const application = `ApplicationAuthenticationType=APPNAME_AND_KEY;ApplicationName=${bloombergApplication}`;
  const user = userOf(settings);
  const userText =
    user.from === 'activeDirectory'
      ? `AuthenticationType=DIRECTORY_SERVICE;DirSvcPropertyName=${user.property}`
      : 'AuthenticationType=OS_LOGON';
  if (bloombergAuth === 'application') return `AuthenticationMode=APPLICATION_ONLY;${application}`;
  if (bloombergAuth === 'userAndApplication')
    return `AuthenticationMode=USER_AND_APPLICATION;${userText};${application}`;
  return userText;
}

async function authorise(
  session: BlpSessionPort,
  settings: BloombergSettings,
  isModern: boolean,
): Promise<BlpIdentity | undefined> {
  const { bloombergAuth, bloombergTokenFile = '' } = settings;
  if (bloombergAuth === 'none' || isModern) return undefined;
  const token =
    bloombergAuth === 'token'
      ? (await readFile(bloombergTokenFile, 'utf8')).trim()
      : await session.generateToken();
  await session.openService('//blp/apiauth');
  return session.authorize({ mode: 'tokenRequest', token });
}

function splitOnce(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
