/**
 * FIX over TLS (FIXS): what the two sides are told, how a server chooses its certificate by name, and what is
 * known of the other side's. Certificates are exchanged by giving new options; connections that are open live
 * on.
 */
import {
  createSecureContext,
  createServer,
  type ConnectionOptions,
  type PeerCertificate,
  type DetailedPeerCertificate,
  type SecureContext,
  type SecureContextOptions,
  type Server,
  type TlsOptions,
  type TLSSocket,
} from 'node:tls';

export type TlsVersion = 'TLSv1.2' | 'TLSv1.3';

interface Common {
  /** Default TLSv1.2; nothing older is spoken. */
  readonly minVersion?: TlsVersion;
  /**
   * SHA-256 fingerprints (hex, colons or not) of which one must be in the other side's chain: its own
   * certificate or that of an authority. In addition to the checks by `ca`.
   */
  readonly pinnedFingerprints?: readonly string[];
}

/**
 * `key`, `cert`, `ca`: PEM. Client certificates: `requestCert`, `rejectUnauthorized` and the `ca` that signs
 * them; `LogonRequest.tls` tells whose it is.
 */
export interface AcceptorTls extends Omit<TlsOptions, 'minVersion' | 'SNICallback'>, Common {
  /**
   * Certificates by the server name (SNI) a client asks for; `*.` stands for one label. Others get `cert`.
   */
  readonly serverNames?: Readonly<Record<string, SecureContextOptions>>;
  /** Cuts clients that ask for another name, or none. Default false. */
  readonly refuseOtherNames?: boolean;
}

/** `ca` is the only authority that is trusted, when it is given. `servername`: default the host's name. */
export interface InitiatorTls
  extends Omit<ConnectionOptions, 'minVersion' | 'host' | 'port' | 'socket'>, Common {}

/** What a Logon's connection showed. */
export interface TlsPeer {
  readonly version: string;
  readonly cipher: string;
  /** The name the client asked for. */
  readonly serverName: string | undefined;
  /** The client showed a certificate, and an authority we trust signed it. */
  readonly isAuthorized: boolean;
  readonly certificate: TlsPeerCertificate | undefined;
}

export interface TlsPeerCertificate {
  /** `CN=…, O=…`. */
  readonly subject: string;
  readonly commonName: string | undefined;
  readonly subjectAltName: string | undefined;
  /** `AB:CD:…`. */
  readonly fingerprint256: string;
  readonly serialNumber: string;
  readonly validTo: string;
  /** DER. */
  readonly raw: Buffer;
}

const MIN_VERSION_DEFAULT: TlsVersion = 'TLSv1.2';

/**
 * All of TLS 1.3, and of TLS 1.2 what has forward secrecy and authenticated encryption. `ciphers` in the
 * options stands in its place.
 */
export const TLS_SUITES = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_GCM_SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
].join(':');

/**
 * A TLS server that is given its sockets and does not listen. Throws when a certificate or key is no good.
 */
export function tlsServer(options: AcceptorTls, handshakeTimeoutMs: number): Server {
  const { serverNames = {}, refuseOtherNames = false, pinnedFingerprints: _, ...own } = options;
  const minVersion = checkedVersion(options.minVersion);
  const { ciphers = TLS_SUITES } = own;
  const contexts = new Map<string, SecureContext>();
  for (const [name, context] of Object.entries(serverNames)) {
    contexts.set(
      name.toLowerCase(),
      contextOf(`certificate of ${name}`, { ca: own.ca, crl: own.crl, ciphers, ...context, minVersion }),
    );
  }
  const fallback = contextOf('certificate', { ...own, ciphers, minVersion });
  const server = createServer({
    handshakeTimeout: handshakeTimeoutMs,
    ...own,
    // Node would cut who is not trusted without a word; `clientFault` says why.
    rejectUnauthorized: false,
    ciphers,
    minVersion,
    SNICallback: (name, done) => {
      const context = contextFor(contexts, name);
      if (context === undefined && refuseOtherNames) done(new Error(`no certificate for ${name}`));
      else done(null, context ?? fallback);
    },
  });
  return server;
}

/** Checked now, so that an error comes where the options are given, not at the next connection. */
export function initiatorTls(options: InitiatorTls): ConnectionOptions {
  const { pinnedFingerprints: _, ...own } = options;
  const minVersion = checkedVersion(options.minVersion);
  const { ciphers = TLS_SUITES } = own;
  contextOf('certificate', { ...own, ciphers, minVersion });
  return { ...own, ciphers, minVersion };
}

/**
 * Why a client is not let in, or undefined: its certificate must be there, of an authority that we trust,
 * valid and not revoked, unless `rejectUnauthorized` is off.
 */
export function clientFault(socket: TLSSocket, options: AcceptorTls): string | undefined {
  if (options.requestCert !== true || options.rejectUnauthorized === false || socket.authorized)
    return undefined;
  const code = String(socket.authorizationError ?? 'not authorized');
  const certificate = socket.getPeerCertificate();
  if (certificate?.fingerprint256 === undefined) return 'TLS: no client certificate';
  // Only what an authority of ours has signed is shown: the rest is whatever a stranger likes.
  const { serialNumber } = certificate;
  return code.startsWith('CERT_REVOKED')
    ? `TLS: CERT_REVOKED: client certificate ${serialNumber} is revoked`
    : `TLS: client certificate: ${code}`;
}

/** Why the other side is not let in, or undefined: one of the pins must be in its chain. */
export function pinFault(socket: TLSSocket, pins: readonly string[] | undefined): string | undefined {
  if (pins === undefined || pins.length === 0) return undefined;
  const wanted = new Set(pins.map(plainFingerprint));
  let certificate: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  const seen = new Set<string>();
  while (certificate?.fingerprint256 !== undefined && !seen.has(certificate.fingerprint256)) {
    if (wanted.has(plainFingerprint(certificate.fingerprint256))) return undefined;
    seen.add(certificate.fingerprint256);
    certificate = certificate.issuerCertificate;
  }
  return seen.size === 0 ? 'TLS: no certificate, and one is pinned' : 'TLS: certificate is not a pinned one';
}

export function tlsPeer(socket: TLSSocket): TlsPeer {
  const certificate = socket.getPeerCertificate();
  const name = (socket as TLSSocket & { servername?: string | false }).servername;
  return {
    version: socket.getProtocol() ?? '',
    cipher: socket.getCipher()?.name ?? '',
    serverName: typeof name === 'string' ? name : undefined,
    isAuthorized: socket.authorized,
    certificate: certificate?.fingerprint256 === undefined ? undefined : described(certificate),
  };
}

function described(certificate: PeerCertificate): TlsPeerCertificate {
  const subject = Object.entries(certificate.subject ?? {});
  return {
    subject: subject.map(([key, value]) => `${key}=${String(value)}`).join(', '),
    commonName: certificate.subject?.CN === undefined ? undefined : String(certificate.subject.CN),
    subjectAltName: certificate.subjectaltname,
    fingerprint256: certificate.fingerprint256,
    serialNumber: certificate.serialNumber,
    validTo: certificate.valid_to,
    raw: certificate.raw,
  };
}

function contextFor(contexts: ReadonlyMap<string, SecureContext>, name: string): SecureContext | undefined {
  const plain = name.toLowerCase();
  return contexts.get(plain) ?? contexts.get(`*.${plain.slice(plain.indexOf('.') + 1)}`);
}

function contextOf(what: string, options: SecureContextOptions): SecureContext {
  try {
    return createSecureContext(options);
  } catch (error) {
    throw new Error(`TLS: ${what}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

function checkedVersion(version: string | undefined): TlsVersion {
  if (version === undefined) return MIN_VERSION_DEFAULT;
  if (version !== 'TLSv1.2' && version !== 'TLSv1.3') throw new Error(`TLS: ${version} is not spoken`);
  return version;
}

function plainFingerprint(text: string): string {
  return text.replaceAll(':', '').toLowerCase();
}
