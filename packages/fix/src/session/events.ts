/**
 * What happens to a session that operators and monitors want to know, as typed events. The session tells them
 * to its owner; `transport/live` passes them on to the application, counts them and keeps the last.
 */

export type SessionEvent =
  | { readonly kind: 'loggedOn'; readonly heartBtInt: number }
  | { readonly kind: 'loggedOut'; readonly reason: string }
  /** A Logon was refused by us, or ours by the peer. */
  | { readonly kind: 'logonRefused'; readonly reason: string }
  /** MsgSeqNum `received` came while `expected` was awaited. */
  | { readonly kind: 'gapDetected'; readonly expected: number; readonly received: number }
  | { readonly kind: 'resendRequested'; readonly beginSeqNo: number; readonly endSeqNo: number }
  /** By its SequenceReset the peer passed over numbers whose messages never came. */
  | { readonly kind: 'passedOver'; readonly beginSeqNo: number; readonly endSeqNo: number }
  /** Nothing is missing any more. */
  | { readonly kind: 'recovered'; readonly next: number }
  /** The peer asked for a resend and has all of it. */
  | { readonly kind: 'resendServed'; readonly beginSeqNo: number; readonly endSeqNo: number }
  | {
      readonly kind: 'rejectSent';
      readonly refSeqNum: number;
      readonly reason: number;
      readonly refTagId: number | undefined;
      readonly text: string;
    }
  /** It does not conform and was delivered all the same: `rejectInvalidMessage` is off. */
  | { readonly kind: 'invalidTaken'; readonly refSeqNum: number; readonly text: string }
  | { readonly kind: 'rejectReceived'; readonly refSeqNum: number; readonly text: string }
  | { readonly kind: 'garbled' }
  /** Sequence numbers start at 1 again, or for the first time: the store was new. By whom. */
  | { readonly kind: 'reset'; readonly by: 'us' | 'peer' | 'schedule' | 'operator' | 'firstStart' }
  /** The operator has set the next numbers. */
  | { readonly kind: 'numbersSet'; readonly nextInbound: number; readonly nextOutbound: number }
  /** Nothing was received for a while; a TestRequest went out. */
  | { readonly kind: 'silence' }
  /** Over the inbound limit; this message was refused. */
  | { readonly kind: 'throttled'; readonly msgType: string }
  /** A callback of the application threw. */
  | { readonly kind: 'applicationFailed'; readonly callback: string; readonly text: string }
  /** Nothing can be sent until the store is open again; what it did not take is lost. */
  | { readonly kind: 'storeFailed'; readonly text: string }
  | { readonly kind: 'congested'; readonly queuedBytes: number }
  | { readonly kind: 'drained' };
