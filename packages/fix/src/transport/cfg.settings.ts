/**
 * The settings of QuickFIX one by one: what each sets here, which ones have no counterpart and what is done
 * instead, and which ones need nothing to be done. `cfg.ts` reads the file around them.
 */
import { VERSION_OF_APPL_VER_ID, VERSIONS, type BeginString, type Version } from '../dictionary/versions.ts';
import type { Draft } from './cfg.ts';

/** Takes the value in; what is wrong with it, for people, when it can't. */
type Reader = (draft: Draft, value: string) => string | undefined;

const BEGIN_STRINGS: readonly BeginString[] = [
  'FIX.4.0',
  'FIX.4.1',
  'FIX.4.2',
  'FIX.4.3',
  'FIX.4.4',
  'FIXT.1.1',
];
const DAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const PRECISIONS: Readonly<Record<string, 0 | 3 | 6 | 9>> = {
  '0': 0,
  '3': 3,
  '6': 6,
  '9': 9,
  seconds: 0,
  millis: 3,
  micros: 6,
  nanos: 9,
};

const text =
  (set: (draft: Draft, value: string) => void): Reader =>
  (draft, value) => {
    if (value === '') return 'a value is needed';
    set(draft, value);
    return undefined;
  };

const flag =
  (set: (draft: Draft, value: boolean) => void): Reader =>
  (draft, value) => {
    if (!/^[yn]$/i.test(value)) return 'Y or N';
    set(draft, value.toUpperCase() === 'Y');
    return undefined;
  };

/** A whole number from `least` on. */
const count =
  (least: number, set: (draft: Draft, value: number) => void): Reader =>
  (draft, value) => {
    const number = Number(value);
    if (!/^\d{1,9}$/.test(value) || number < least) return `a whole number from ${least} on`;
    set(draft, number);
    return undefined;
  };

/** Seconds in the file, milliseconds here. */
const seconds = (set: (draft: Draft, ms: number) => void): Reader =>
  count(0, (draft, value) => set(draft, value * 1000));

/** `HH:MM:SS`, with a time zone behind it or not. */
const time =
  (name: 'startTime' | 'endTime'): Reader =>
  (draft, value) => {
    const [clock = '', zone] = value.split(/\s+/, 2);
    if (!/^\d\d:\d\d:\d\d$/.test(clock)) return 'HH:MM:SS';
    draft.schedule[name] = clock;
    if (zone !== undefined) draft.zones[name] = zone;
    return undefined;
  };

/** Two letters of its English name are enough. */
const day =
  (name: 'startDay' | 'endDay'): Reader =>
  (draft, value) => {
    const index = value.length < 2 ? -1 : DAYS.findIndex((one) => one.startsWith(value.toLowerCase()));
    if (index < 0) return 'a day of the week';
    draft.schedule[name] = index;
    return undefined;
  };

const precision: Reader = (draft, value) => {
  const digits = PRECISIONS[value.toLowerCase()];
  if (digits === undefined) return '0, 3, 6 or 9';
  draft.settings.timestampPrecision = digits;
  return undefined;
};

const milliseconds = flag((draft, value) => (draft.settings.timestampPrecision = value ? 3 : 0));
const nextExpected = flag((draft, value) => (draft.settings.enableNextExpectedMsgSeqNum = value));
const chunk = count(0, (draft, value) => (draft.settings.resendRequestChunkSize = value));
const certificate = text((draft, value) => (draft.tls.certificatePath = value));
const key = text((draft, value) => (draft.tls.keyPath = value));
const authorities = text((draft, value) => (draft.tls.authoritiesPath = value));
const usesTls = flag((draft, value) => (draft.usesTls = value));
const serverName = text((draft, value) => (draft.tls.serverName = value));
const listenHost = text((draft, value) => (draft.listenHost = value));

/** By lower-case name. */
export const READERS: Readonly<Record<string, Reader>> = {
  // Session
  connectiontype: (draft, value) => {
    const role = value.toLowerCase();
    if (role !== 'acceptor' && role !== 'initiator') return 'acceptor or initiator';
    draft.role = role;
    return undefined;
  },
  beginstring: (draft, value) => {
    const known = BEGIN_STRINGS.find((one) => one === value);
    if (known === undefined) return BEGIN_STRINGS.join(', ');
    draft.beginString = known;
    return undefined;
  },
  sendercompid: text((draft, value) => (draft.senderCompId = value)),
  targetcompid: text((draft, value) => (draft.targetCompId = value)),
  sessionqualifier: text((draft, value) => (draft.settings.sessionQualifier = value)),
  defaultapplverid: (draft, value) => {
    const version = versionOf(value);
    if (version === undefined) return 'not a version of FIX';
    draft.settings.defaultVersion = version;
    return undefined;
  },
  heartbtint: count(0, (draft, value) => (draft.settings.heartBtInt = value)),
  resetonlogon: flag((draft, value) => (draft.settings.resetOnLogon = value)),
  resetonlogout: flag((draft, value) => (draft.settings.resetOnLogout = value)),
  resetondisconnect: flag((draft, value) => (draft.settings.resetOnDisconnect = value)),
  refreshonlogon: flag((draft, value) => (draft.settings.refreshOnLogon = value)),
  persistmessages: flag((draft, value) => (draft.settings.persistMessages = value)),
  checklatency: flag((draft, value) => (draft.settings.checkLatency = value)),
  maxlatency: seconds((draft, ms) => (draft.settings.maxLatencyMs = ms)),
  checkcompid: flag((draft, value) => (draft.settings.checkCompId = value)),
  logontimeout: seconds((draft, ms) => (draft.settings.logonTimeoutMs = ms)),
  logouttimeout: seconds((draft, ms) => (draft.settings.logoutTimeoutMs = ms)),
  sendredundantresendrequests: flag((draft, value) => (draft.settings.sendRedundantResendRequests = value)),
  resendrequestchunksize: chunk,
  maxmessagesinresendrequest: chunk,
  enablenextexpectedmsgseqnum: nextExpected,
  sendnextexpectedmsgseqnum: nextExpected,
  enablelastmsgseqnumprocessed: flag((draft, value) => (draft.settings.enableLastMsgSeqNumProcessed = value)),
  timestampprecision: precision,
  millisecondsintimestamp: milliseconds,
  millisecondtimestamp: milliseconds,
  username: text((draft, value) => (draft.username = value)),
  password: text((draft, value) => (draft.password = value)),
  // Validation
  usedatadictionary: flag((draft, value) => (draft.validation.useDataDictionary = value)),
  datadictionary: text((draft, value) => (draft.dictionary.path = value)),
  transportdatadictionary: text((draft, value) => (draft.dictionary.transportPath = value)),
  appdatadictionary: text((draft, value) => (draft.dictionary.applicationPath = value)),
  validatefieldsoutoforder: flag((draft, value) => (draft.validation.validateFieldsOutOfOrder = value)),
  validatefieldshavevalues: flag((draft, value) => (draft.validation.validateFieldsHaveValues = value)),
  validateuserdefinedfields: flag((draft, value) => (draft.validation.validateUserDefinedFields = value)),
  validateunorderedgroupfields: flag(
    (draft, value) => (draft.validation.validateUnorderedGroupFields = value),
  ),
  validateunknownfields: flag((draft, value) => (draft.validation.allowUnknownMsgFields = !value)),
  rejectinvalidmessage: flag((draft, value) => (draft.validation.rejectInvalidMessage = value)),
  allowunknownmsgfields: flag((draft, value) => (draft.validation.allowUnknownMsgFields = value)),
  // Schedule
  starttime: time('startTime'),
  endtime: time('endTime'),
  startday: day('startDay'),
  endday: day('endDay'),
  timezone: text((draft, value) => (draft.zones.both = value)),
  uselocaltime: flag((draft, value) => (draft.usesLocalTime = value)),
  nonstopsession: flag((draft, value) => (draft.isNonStop = value)),
  // Connections
  socketacceptport: (draft, value) => {
    draft.listenPort = portOf(value);
    return draft.listenPort === undefined ? 'not a port' : undefined;
  },
  socketaccepthost: listenHost,
  socketacceptaddress: listenHost,
  socketconnecthost: (draft, value) => readHost(draft, 'socketconnecthost', 0, value),
  socketconnectport: (draft, value) => readHost(draft, 'socketconnectport', 0, value),
  reconnectinterval: seconds((draft, ms) => (draft.reconnectMs = ms)),
  // Store and log
  filestorepath: text((draft, value) => (draft.storePath = value)),
  filestoresync: flag((draft, value) => (draft.storeSync = value)),
  filelogpath: text((draft, value) => (draft.logPath = value)),
  // TLS
  socketusessl: usesTls,
  sslenable: usesTls,
  server_certificate_file: certificate,
  client_certificate_file: certificate,
  socketcertificatefile: certificate,
  server_certificate_key_file: key,
  client_certificate_key_file: key,
  socketprivatekeyfile: key,
  certification_authorities_file: authorities,
  socketcafile: authorities,
  sslservername: serverName,
  socketservername: serverName,
  certificate_verify_level: (draft, value) => {
    const level = (['none', 'asked', 'required'] as const)[Number(value)];
    if (!/^[012]$/.test(value) || level === undefined) return '0, 1 or 2';
    draft.tls.clientCertificates = level;
    return undefined;
  },
  needclientauth: flag((draft, value) => (draft.tls.clientCertificates = value ? 'required' : 'none')),
  socketminimumtlsversion: (draft, value) => {
    if (value !== 'TLS12' && value !== 'TLS13') return 'TLS12 or TLS13: nothing older is spoken';
    draft.tls.minVersion = value === 'TLS12' ? 'TLSv1.2' : 'TLSv1.3';
    return undefined;
  },
  ssl_cipher_suite: text((draft, value) => (draft.tls.ciphers = value)),
};

/** `SocketConnectHost1` and its like. */
export function readHost(draft: Draft, key: string, index: number, value: string): string | undefined {
  const address = draft.hosts.get(index) ?? {};
  draft.hosts.set(index, address);
  if (key === 'socketconnecthost') {
    address.host = value;
    return value === '' ? 'a host is needed' : undefined;
  }
  const port = portOf(value);
  if (port === undefined) return 'not a port';
  address.port = port;
  return undefined;
}

function portOf(value: string): number | undefined {
  const port = Number(value);
  return /^\d{1,5}$/.test(value) && port <= 65_535 ? port : undefined;
}

/** `FIX.5.0SP2`, `FIX50SP2` or ApplVerID `9`. */
export function versionOf(text: string): Version | undefined {
  const plain = (name: string): string => name.toUpperCase().replaceAll('.', '');
  return VERSION_OF_APPL_VER_ID[text] ?? VERSIONS.find((version) => plain(version) === plain(text));
}

const oneStore = 'the stores here are memory and files; another one implements session/store.ts';
const oneLog = 'messages are logged by a MessageLog; FileLogPath writes them to files';
const pem =
  'certificates and keys are PEM files here: SocketCertificateFile, SocketPrivateKeyFile, SocketCAFile';
const proxies = 'connections are made directly';
const days = 'the session is open as StartTime, EndTime, StartDay and EndDay say';

/** What is done instead, by lower-case name. */
export const UNSUPPORTED: Readonly<Record<string, string>> = {
  logontime: days,
  logouttime: days,
  logonday: days,
  logoutday: days,
  weekdays: days,
  httpacceptport: 'there is no web page of the sessions here',
  preservemessagefieldsorder: 'fields are sent in the order in which the application writes them',
  validatelengthandchecksum: 'BodyLength and CheckSum are always checked',
  requiresorigsendingtime: 'PossDupFlag=Y always needs OrigSendingTime',
  disconnectonerror: 'errors of the session protocol are answered as the protocol says',
  logonattempts: 'a refused Logon is tried again with growing pauses',
  forceresync: 'gaps are always recovered',
  closedresendinterval:
    'ResendRequests ask for an open range, or with ResendRequestChunkSize for a closed one',
  hostselectionpolicy: 'hosts are gone through in turn',
  socketconnectsourcehost: proxies,
  socketconnectsourceport: proxies,
  proxytype: proxies,
  proxyhost: proxies,
  proxyport: proxies,
  socketinsecureskipverify: 'certificates are always verified; name the authority in SocketCAFile',
  certification_authorities_directory: 'name one file with all authorities: CERTIFICATION_AUTHORITIES_FILE',
  certificate_revocation_list_file: 'revocation lists are not read',
  certificate_revocation_list_directory: 'revocation lists are not read',
  ssl_protocol: 'TLS 1.2 and 1.3 are spoken; SocketMinimumTLSVersion says which is the least',
  socketkeystore: pem,
  socketkeystorepassword: pem,
  sockettruststore: pem,
  sockettruststorepassword: pem,
  sslcertificate: pem,
  sslcertificatepassword: pem,
  sslcacertificate: pem,
  jdbcdatasourcename: oneStore,
  jdbcdriver: oneStore,
  jdbcurl: oneStore,
  mysqlstoredatabase: oneStore,
  mysqlstorehost: oneStore,
  mysqlstoreuser: oneStore,
  mysqlstorepassword: oneStore,
  postgresqlstoredatabase: oneStore,
  postgresqlstorehost: oneStore,
  postgresqlstoreuser: oneStore,
  postgresqlstorepassword: oneStore,
  odbcstoreconnectionstring: oneStore,
  filelogbackuppath: oneLog,
  screenlogshowincoming: oneLog,
  screenlogshowoutgoing: oneLog,
  screenlogshowevents: oneLog,
};

/** What they ask for is so in any case, or means nothing here. */
export const INERT: ReadonlySet<string> = new Set([
  'socketreuseaddress',
  'socketnodelay',
  'sockettcpnodelay',
  'socketsendbuffersize',
  'socketreceivebuffersize',
  'socketkeepalive',
  'description',
]);
