/**
 * The transition table of a FIX session: for every state and every input the step to take. `session.ts` takes
 * its decisions from this table and from nowhere else; `states.test.ts` checks that every cell is there and
 * reachable. The numbers in comments are the rules of SPEC.md.
 */

export const STATES = [
  /** No connection. */
  'disconnected',
  /** Acceptor: connected, the first message is awaited and must be a Logon. */
  'logonAwaited',
  /** Initiator: our Logon is out, the answer is awaited. */
  'logonSent',
  /** Logged on, nothing missing. */
  'established',
  /** Logged on, a ResendRequest of ours is being answered. */
  'recovering',
  /** We asked for Logout and wait for the confirmation. */
  'logoutSent',
  /** The peer asked for Logout, we confirmed and wait until it disconnects. */
  'logoutConfirmed',
] as const;
export type State = (typeof STATES)[number];

/** Kinds of message the session layer tells apart. SequenceReset(4) is two kinds by its GapFillFlag(123). */
export const KINDS = [
  'logon',
  'heartbeat',
  'testRequest',
  'resendRequest',
  'gapFill',
  'reset',
  'reject',
  'logout',
  'application',
] as const;
export type Kind = (typeof KINDS)[number];

/**
 * Where MsgSeqNum stands against the expected number. `repeated` is below it with PossDupFlag=Y, `tooLow`
 * without.
 */
export const POSITIONS = ['inSequence', 'tooHigh', 'tooLow', 'repeated'] as const;
export type Position = (typeof POSITIONS)[number];

export const EVENTS = [
  /** A connection was opened to us. */
  'accepted',
  /** Our connection to the peer is open. */
  'connected',
  /** The connection is gone. */
  'disconnected',
  /** The application sends a message. */
  'send',
  /** The application or the operator wants to log out. */
  'logout',
  /** Somebody else wants to log on as this session. */
  'challenged',
  /** The application failed on a delivered message, so the number can't be advanced. */
  'deliveryFailed',
  /** Bytes that are no message: bad checksum, BodyLength or shape. */
  'garbled',
  'wrongBeginString',
  /** SenderCompID or TargetCompID is not this session's. */
  'wrongCompId',
  /** SendingTime is missing, malformed or too far from our clock. */
  'wrongTime',
  /** MsgSeqNum is missing or malformed. */
  'wrongNumber',
  /** Nothing was sent for HeartBtInt. */
  'heartbeatDue',
  /** Nothing was received for HeartBtInt and a reasonable transmission time. */
  'silence',
  /** Still nothing after our TestRequest. */
  'silenceAfterTest',
  'logonOverdue',
  'logoutOverdue',
  /** Our ResendRequest brought nothing for a while. */
  'resendOverdue',
] as const;
export type Event = (typeof EVENTS)[number];

export type MessageInput = `${Kind}.${Position}`;
export type Input = Event | MessageInput;

/** Each step, and the states it may lead to (`[]`: it stays). */
export const STEPS = {
  /** Nothing happens. */
  ignore: [],
  /** Can't happen: an error of ours. */
  bug: [],
  /** The message is counted as garbled and forgotten. */
  countGarbled: [],
  awaitLogon: ['logonAwaited'],
  sendLogon: ['logonSent'],
  /** Drop the connection without a word. */
  cut: ['disconnected'],
  acceptLogon: ['established', 'recovering', 'disconnected'],
  confirmLogon: ['established', 'recovering', 'disconnected'],
  /** The peer answered our Logon with Logout. */
  noteRefusal: ['disconnected'],
  /** Logon with MsgSeqNum too low: Logout with the numbers, then disconnect. */
  refuseTooLow: ['disconnected'],
  /** Logout with a text that names the violation, then disconnect. */
  refuse: ['disconnected'],
  /**
   * Logon on a session that is logged on: ResetSeqNumFlag=Y restarts the numbers, anything else is refused.
   */
  restartNumbers: ['established', 'disconnected'],
  deliver: ['established', 'logoutSent'],
  noteHeartbeat: ['established', 'logoutSent'],
  answerTest: ['established', 'logoutSent'],
  answerResend: ['established', 'logoutSent'],
  fillGap: ['established'],
  /** SequenceReset-Reset; MsgSeqNum is not looked at. */
  applyReset: ['established'],
  noteReject: ['established'],
  confirmLogout: ['established', 'logoutConfirmed'],
  finishLogout: ['disconnected'],
  /** Ask for everything from the expected number on. */
  requestResend: ['recovering'],
  /** A ResendRequest beyond a gap is answered before our own is sent. */
  answerThenRequest: ['recovering', 'logoutSent'],
  /** A Logout beyond a gap: ask for the gap, then confirm. */
  requestThenConfirm: ['recovering', 'logoutConfirmed'],
  /** Beyond a gap that is being filled already: dropped, the running resend brings it again. */
  awaitResend: [],
  answerBeyondGap: ['logoutSent'],
  confirmBeyondGap: ['logoutConfirmed'],
  /** PossDupFlag=Y and seen already: OrigSendingTime is checked, then it is forgotten. */
  skipRepeated: ['logoutSent'],
  /** Reject, Logout, disconnect (CompID problem, SendingTime accuracy problem). */
  rejectAndLeave: ['established', 'logoutSent'],
  transmit: [],
  /** Stored; the peer gets it by its next ResendRequest. */
  storeOnly: [],
  startLogout: ['logoutSent'],
  /** Logout with a text, the numbers stay where the application is done. */
  abandon: ['logoutSent'],
  stopDelivering: [],
  heartbeat: [],
  test: [],
  /** A TestRequest with little patience. */
  challenge: [],
  /** Ask once more; after some attempts without an answer log out. */
  repeatRequest: ['logoutSent'],
  disconnect: ['disconnected'],
} as const satisfies Record<string, readonly State[]>;
export type Step = keyof typeof STEPS;

type Row = Readonly<Record<Input, Step>>;
type MessageRow = Readonly<Record<MessageInput, Step>>;
type EventRow = Readonly<Record<Event, Step>>;

/** The same step for all positions of a kind. */
function at<K extends Kind>(kind: K, step: Step): Record<`${K}.${Position}`, Step> {
  const row: Partial<Record<string, Step>> = {};
  for (const position of POSITIONS) row[`${kind}.${position}`] = step;
  return row as Record<`${K}.${Position}`, Step>;
}

/** The same step for every message. */
function all(step: Step): MessageRow {
  const row: Partial<Record<string, Step>> = {};
  for (const kind of KINDS) Object.assign(row, at(kind, step));
  return row as MessageRow;
}

const CONNECTED_EVENTS: Pick<EventRow, 'accepted' | 'connected' | 'disconnected' | 'garbled'> = {
  accepted: 'bug',
  connected: 'bug',
  disconnected: 'disconnect',
  garbled: 'countGarbled',
};
const NO_TIMERS: Pick<
  EventRow,
  'heartbeatDue' | 'silence' | 'silenceAfterTest' | 'logonOverdue' | 'logoutOverdue' | 'resendOverdue'
> = {
  heartbeatDue: 'ignore',
  silence: 'ignore',
  silenceAfterTest: 'ignore',
  logonOverdue: 'ignore',
  logoutOverdue: 'ignore',
  resendOverdue: 'ignore',
};
const LIVE_TIMERS = {
  ...NO_TIMERS,
  heartbeatDue: 'heartbeat',
  silence: 'test',
  silenceAfterTest: 'cut',
} as const;

const LOW: Pick<MessageRow, `${Exclude<Kind, 'reset'>}.${'tooLow' | 'repeated'}`> = {
  'logon.tooLow': 'refuseTooLow',
  'logon.repeated': 'skipRepeated',
  'heartbeat.tooLow': 'refuseTooLow',
  'heartbeat.repeated': 'skipRepeated',
  'testRequest.tooLow': 'refuseTooLow',
  'testRequest.repeated': 'skipRepeated',
  'resendRequest.tooLow': 'refuseTooLow',
  'resendRequest.repeated': 'skipRepeated',
  'gapFill.tooLow': 'refuseTooLow',
  'gapFill.repeated': 'ignore',
  'reject.tooLow': 'refuseTooLow',
  'reject.repeated': 'skipRepeated',
  'logout.tooLow': 'refuseTooLow',
  'logout.repeated': 'skipRepeated',
  'application.tooLow': 'refuseTooLow',
  'application.repeated': 'skipRepeated',
};

/**
 * Rows of a logged on session; what differs between `established` and `recovering` is what lies beyond a gap.
 */
const LIVE: Omit<MessageRow, `${Exclude<Kind, 'reset'>}.tooHigh`> = {
  ...LOW,
  ...at('reset', 'applyReset'),
  'logon.inSequence': 'restartNumbers',
  'logon.tooLow': 'restartNumbers',
  'heartbeat.inSequence': 'noteHeartbeat',
  'testRequest.inSequence': 'answerTest',
  'resendRequest.inSequence': 'answerResend',
  'gapFill.inSequence': 'fillGap',
  'reject.inSequence': 'noteReject',
  'logout.inSequence': 'confirmLogout',
  'application.inSequence': 'deliver',
};

const LIVE_EVENTS: EventRow = {
  ...CONNECTED_EVENTS,
  ...LIVE_TIMERS,
  send: 'transmit',
  logout: 'startLogout',
  challenged: 'challenge',
  deliveryFailed: 'abandon',
  wrongBeginString: 'refuse',
  wrongCompId: 'rejectAndLeave',
  wrongTime: 'rejectAndLeave',
  wrongNumber: 'refuse',
};

const CUT_OR_IGNORE = Object.fromEntries(
  KINDS.filter((kind) => kind !== 'reset').flatMap((kind) => [
    [`${kind}.tooLow`, 'cut'],
    [`${kind}.repeated`, 'ignore'],
  ]),
) as Record<keyof typeof LOW, Step>;

/**
 * Rows while a Logout is under way: gaps are left for the next Logon, everything in sequence is still worked
 * off.
 */
const LEAVING: MessageRow = {
  ...LIVE,
  ...CUT_OR_IGNORE,
  'logon.inSequence': 'ignore',
  'logon.tooHigh': 'ignore',
  'heartbeat.tooHigh': 'ignore',
  'testRequest.tooHigh': 'ignore',
  'resendRequest.tooHigh': 'answerBeyondGap',
  'gapFill.tooHigh': 'ignore',
  'reject.tooHigh': 'ignore',
  'logout.tooHigh': 'finishLogout',
  'application.tooHigh': 'ignore',
  'logout.inSequence': 'finishLogout',
};
const LEAVING_EVENTS: EventRow = {
  ...CONNECTED_EVENTS,
  ...NO_TIMERS,
  send: 'storeOnly',
  logout: 'ignore',
  challenged: 'ignore',
  deliveryFailed: 'stopDelivering',
  wrongBeginString: 'cut',
  wrongCompId: 'cut',
  wrongTime: 'cut',
  wrongNumber: 'cut',
  logoutOverdue: 'cut',
};

/** Before the Logon is through. */
const ENTERING_EVENTS: EventRow = {
  ...CONNECTED_EVENTS,
  ...NO_TIMERS,
  send: 'storeOnly',
  logout: 'cut',
  challenged: 'ignore',
  deliveryFailed: 'stopDelivering',
  wrongBeginString: 'cut',
  wrongCompId: 'cut',
  wrongTime: 'refuse',
  wrongNumber: 'cut',
  logonOverdue: 'cut',
};

export const TABLE: Readonly<Record<State, Row>> = {
  disconnected: {
    ...all('ignore'),
    ...NO_TIMERS,
    accepted: 'awaitLogon',
    connected: 'sendLogon',
    disconnected: 'ignore',
    send: 'storeOnly',
    logout: 'ignore',
    challenged: 'ignore',
    deliveryFailed: 'stopDelivering',
    garbled: 'ignore',
    wrongBeginString: 'ignore',
    wrongCompId: 'ignore',
    wrongTime: 'ignore',
    wrongNumber: 'ignore',
  },
  logonAwaited: {
    ...all('cut'),
    ...ENTERING_EVENTS,
    ...at('logon', 'acceptLogon'),
  },
  logonSent: {
    ...all('cut'),
    ...ENTERING_EVENTS,
    ...at('logon', 'confirmLogon'),
    ...at('logout', 'noteRefusal'),
  },
  established: {
    ...LIVE,
    ...LIVE_EVENTS,
    'logon.tooHigh': 'requestResend',
    'heartbeat.tooHigh': 'requestResend',
    'testRequest.tooHigh': 'requestResend',
    'resendRequest.tooHigh': 'answerThenRequest',
    'gapFill.tooHigh': 'requestResend',
    'reject.tooHigh': 'requestResend',
    'logout.tooHigh': 'requestThenConfirm',
    'application.tooHigh': 'requestResend',
  },
  recovering: {
    ...LIVE,
    ...LIVE_EVENTS,
    resendOverdue: 'repeatRequest',
    'logon.tooHigh': 'awaitResend',
    'heartbeat.tooHigh': 'awaitResend',
    'testRequest.tooHigh': 'awaitResend',
    'resendRequest.tooHigh': 'answerBeyondGap',
    'gapFill.tooHigh': 'awaitResend',
    'reject.tooHigh': 'awaitResend',
    'logout.tooHigh': 'confirmBeyondGap',
    'application.tooHigh': 'awaitResend',
  },
  logoutSent: { ...LEAVING, ...LEAVING_EVENTS },
  logoutConfirmed: {
    ...LEAVING,
    ...LEAVING_EVENTS,
    'logout.inSequence': 'ignore',
    'logout.tooHigh': 'ignore',
  },
};

export function stateMayBecome(step: Step, state: State): boolean {
  return (STEPS[step] as readonly State[]).includes(state);
}
