/**
 * Is the way to Bloomberg open? Decided purely from what was seen: the age of the tunnel's newest handshake
 * (WireGuard renews it every two minutes while there is traffic) and whether Bloomberg's port takes a
 * connection. `vpn.probe.ts` looks.
 */

export interface VpnSight {
  /** UTC milliseconds of the newest handshake of any peer; undefined: none ever. An error: not known. */
  readonly handshakeAtMs: number | undefined | { readonly error: string };
  /** Undefined: it took the connection. */
  readonly probeError: string | undefined;
}

export type VpnVerdict =
  | { readonly state: 'up'; readonly handshakeAgeMs: number | undefined }
  | {
      readonly state: 'down';
      readonly code: 'VPN_HANDSHAKE_STALE' | 'VPN_UNREACHABLE';
      readonly text: string;
      readonly handshakeAgeMs: number | undefined;
    };

/**
 * The probe is sent first and would renew an old handshake: one that is old all the same means that the
 * tunnel is dead, or that packets go around it. A tunnel whose handshakes can't be read is judged by the
 * probe.
 */
export function vpnVerdict(sight: VpnSight, nowMs: number, handshakeMsMax: number): VpnVerdict {
  const { handshakeAtMs, probeError } = sight;
  const isKnown = typeof handshakeAtMs !== 'object';
  const handshakeAgeMs = typeof handshakeAtMs === 'number' ? Math.max(0, nowMs - handshakeAtMs) : undefined;
  const isStale = isKnown && (handshakeAgeMs === undefined || handshakeAgeMs > handshakeMsMax);
  if (isStale) {
    const age = handshakeAgeMs === undefined ? 'never' : `${Math.round(handshakeAgeMs / 1_000)} s ago`;
    const text = `the tunnel's last handshake was ${age}`;
    return {
      state: 'down',
      code: 'VPN_HANDSHAKE_STALE',
      text:
        probeError === undefined
          ? `${text}, yet Bloomberg answers: the way to it may not lead through the tunnel`
          : `${text}, and Bloomberg does not answer: ${probeError}`,
      handshakeAgeMs,
    };
  }
  if (probeError === undefined) return { state: 'up', handshakeAgeMs };
  const text = isKnown ? 'the tunnel is up' : `the tunnel can't be asked (${handshakeAtMs.error})`;
  return {
    state: 'down',
    code: 'VPN_UNREACHABLE',
    text: `${text}, but Bloomberg does not answer: ${probeError}`,
    handshakeAgeMs,
  };
}

/**
 * The newest of `wg show <interface> latest-handshakes`: a public key and Unix seconds a line, 0 for never.
 */
export function newestHandshakeMs(output: string): number | undefined {
  let newest: number | undefined;
  for (const line of output.split('\n')) {
    const seconds = /^\S+\s+(\d{1,12})$/.exec(line.trim())?.[1];
    if (seconds === undefined || seconds === '0') continue;
    newest = Math.max(newest ?? 0, Number(seconds) * 1_000);
  }
  return newest;
}
