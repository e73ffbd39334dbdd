/**
 * What the session protocol of each FIX version has and how it spells it. Everything that differs between
 * versions is a row of this table; `session.ts` asks it and no version by name.
 */
import type { BeginString } from '../dictionary/versions.ts';

export interface Profile {
  /** Digits of a second's fraction that SendingTime(52) may have. */
  readonly timestampPrecisionMax: 0 | 9;
  /** EndSeqNo(16) for "and everything after it". */
  readonly openEndSeqNo: 0 | 999_999;
  /**
   * Reject(3) has RefTagID(371), RefMsgType(372), SessionRejectReason(373); without them the text names the
   * tag.
   */
  readonly rejectHasReason: boolean;
  /** Highest SessionRejectReason(373) the version defines; a higher one is left out. */
  readonly sessionRejectReasonMax: number;
  /** ResetSeqNumFlag(141). */
  readonly hasResetSeqNumFlag: boolean;
  /** OnBehalfOfLocationID(144), DeliverToLocationID(145). */
  readonly hasLocationIds: boolean;
  /** LastMsgSeqNumProcessed(369). */
  readonly hasLastMsgSeqNumProcessed: boolean;
  /** NextExpectedMsgSeqNum(789). */
  readonly hasNextExpectedMsgSeqNum: boolean;
  /** DefaultApplVerID(1137) is in every Logon. */
  readonly hasDefaultApplVerId: boolean;
}

const FIX40: Profile = {
  timestampPrecisionMax: 0,
  openEndSeqNo: 999_999,
  rejectHasReason: false,
  sessionRejectReasonMax: -1,
  hasResetSeqNumFlag: false,
  hasLocationIds: false,
  hasLastMsgSeqNumProcessed: false,
  hasNextExpectedMsgSeqNum: false,
  hasDefaultApplVerId: false,
};
const FIX41: Profile = { ...FIX40, hasResetSeqNumFlag: true, hasLocationIds: true };
const FIX42: Profile = {
  ...FIX41,
  timestampPrecisionMax: 9,
  openEndSeqNo: 0,
  rejectHasReason: true,
  sessionRejectReasonMax: 11,
  hasLastMsgSeqNumProcessed: true,
};
const FIX43: Profile = { ...FIX42, sessionRejectReasonMax: 99 };
const FIX44: Profile = { ...FIX43, hasNextExpectedMsgSeqNum: true };
const FIXT11: Profile = { ...FIX44, hasDefaultApplVerId: true };

const PROFILES: Readonly<Record<BeginString, Profile>> = {
  'FIX.4.0': FIX40,
  'FIX.4.1': FIX41,
  'FIX.4.2': FIX42,
  'FIX.4.3': FIX43,
  'FIX.4.4': FIX44,
  'FIXT.1.1': FIXT11,
};

export function profileOf(beginString: BeginString): Profile {
  return PROFILES[beginString];
}
