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
  /** The session's time is over, or a new period has begun. */
  'periodEnded',
  /** Bytes that are no message: bad checksum, BodyLength or shape. */
  'garbled',
  /** A message that the dictionary does not allow. Reject and Logout are taken as they are. */
  'invalid',
  'wrongBeginString',
  /** SenderCompID or TargetCompID is not this session's. */
  'wrongCompId',
  /** SendingTime is too far from our clock. */
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
  /** The peer answered our Logon with Logout or Reject. */
  noteRefusal: ['disconnected'],
  /**
   * A Logon that the dictionary does not allow: Logout that says why; without DefaultApplVerID without a
   * word.
   */
  refuseInvalid: ['disconnected'],
  /** Logon with MsgSeqNum too low: Logout with the numbers, then disconnect. */
  refuseTooLow: ['disconnected'],
  /** Logout with a text that names the violation, then disconnect. */
  refuse: ['disconnected'],
  /** Another BeginString: its number is used, Logout. */
  refuseVersion: ['established', 'logoutSent'],
  /**
   * Logon on a session that is logged on: ResetSeqNumFlag=Y restarts the numbers, anything else is cut.
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
  /** Reject(3); its number is used when it is the expected one. */
  rejectInvalid: ['established'],
  /** Logout and disconnect, whatever its number; that is used only when it is the expected one. */
  confirmLogout: ['established', 'disconnected'],
  finishLogout: ['established', 'disconnected'],
  /** Keep it for when its turn comes, and ask for everything from the expected number on. */
  keepAndRequest: ['recovering'],
  /** Beyond a gap that is being filled already: kept. */
  keep: [],
  /** A ResendRequest beyond a gap is answered before our own is sent. */
  answerThenRequest: ['recovering', 'logoutSent'],
  answerBeyondGap: ['logoutSent'],
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
  /** Nobody is logged on: the next Logon finds the numbers where the application is done. */
  takeBack: [],
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

const CONNECTED_EVENTS: Pick<EventRow, 'accepted' | 'connected' | 'disconnected'> = {
  accepted: 'bug',
  connected: 'bug',
  disconnected: 'disconnect',
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

/** Below the expected number: an error of the peer's, unless it says that it repeats itself. */
const LOW: Pick<MessageRow, `${Exclude<Kind, 'reset' | 'logon' | 'logout'>}.${'tooLow' | 'repeated'}`> = {
  'heartbeat.tooLow': 'refuseTooLow',
  'heartbeat.repeated': 'skipRepeated',
  'testRequest.tooLow': 'refuseTooLow',
  'testRequest.repeated': 'skipRepeated',
  'resendRequest.tooLow': 'answerResend',
  'resendRequest.repeated': 'skipRepeated',
  'gapFill.tooLow': 'refuseTooLow',
  'gapFill.repeated': 'ignore',
  'reject.tooLow': 'refuseTooLow',
  'reject.repeated': 'skipRepeated',
  'application.tooLow': 'refuseTooLow',
  'application.repeated': 'skipRepeated',
};

/** Nobody is there any more to be told of an error. */
const LOW_AT_THE_END: typeof LOW = {
  'heartbeat.tooLow': 'cut',
  'heartbeat.repeated': 'ignore',
  'testRequest.tooLow': 'cut',
  'testRequest.repeated': 'ignore',
  'resendRequest.tooLow': 'cut',
  'resendRequest.repeated': 'ignore',
  'gapFill.tooLow': 'cut',
  'gapFill.repeated': 'ignore',
  'reject.tooLow': 'cut',
  'reject.repeated': 'ignore',
  'application.tooLow': 'cut',
  'application.repeated': 'ignore',
};

const IN_SEQUENCE: Omit<
  Pick<MessageRow, `${Kind}.inSequence`>,
  `${'logon' | 'logout' | 'reset'}.inSequence`
> = {
  'heartbeat.inSequence': 'noteHeartbeat',
  'testRequest.inSequence': 'answerTest',
  'resendRequest.inSequence': 'answerResend',
  'gapFill.inSequence': 'fillGap',
  'reject.inSequence': 'noteReject',
  'application.inSequence': 'deliver',
};

/**
 * Rows of a logged on session; what differs between `established` and `recovering` is what lies beyond a gap.
 */
const LIVE: Omit<MessageRow, `${Exclude<Kind, 'reset' | 'logon' | 'logout'>}.tooHigh`> = {
  ...LOW,
  ...IN_SEQUENCE,
  ...at('reset', 'applyReset'),
  ...at('logon', 'restartNumbers'),
  'logon.repeated': 'skipRepeated',
  ...at('logout', 'confirmLogout'),
  'logout.repeated': 'skipRepeated',
};

const LIVE_EVENTS: EventRow = {
  ...CONNECTED_EVENTS,
  ...LIVE_TIMERS,
  send: 'transmit',
  logout: 'startLogout',
  challenged: 'challenge',
  deliveryFailed: 'abandon',
  periodEnded: 'startLogout',
  garbled: 'countGarbled',
  invalid: 'rejectInvalid',
  wrongBeginString: 'refuseVersion',
  wrongCompId: 'rejectAndLeave',
  wrongTime: 'rejectAndLeave',
  wrongNumber: 'refuse',
};

/** Before the Logon is through. */
const ENTERING_EVENTS: EventRow = {
  ...CONNECTED_EVENTS,
  ...NO_TIMERS,
  send: 'storeOnly',
  logout: 'cut',
  challenged: 'ignore',
  deliveryFailed: 'takeBack',
  periodEnded: 'cut',
  garbled: 'cut',
  invalid: 'refuseInvalid',
  wrongBeginString: 'cut',
  wrongCompId: 'cut',
  wrongTime: 'cut',
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
    deliveryFailed: 'takeBack',
    periodEnded: 'ignore',
    garbled: 'ignore',
    invalid: 'ignore',
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
    ...at('reject', 'noteRefusal'),
  },
  established: {
    ...LIVE,
    ...LIVE_EVENTS,
    'heartbeat.tooHigh': 'keepAndRequest',
    'testRequest.tooHigh': 'keepAndRequest',
    'resendRequest.tooHigh': 'answerThenRequest',
    'gapFill.tooHigh': 'keepAndRequest',
    'reject.tooHigh': 'keepAndRequest',
    'application.tooHigh': 'keepAndRequest',
  },
  recovering: {
    ...LIVE,
    ...LIVE_EVENTS,
    resendOverdue: 'repeatRequest',
    'heartbeat.tooHigh': 'keep',
    'testRequest.tooHigh': 'keep',
    'resendRequest.tooHigh': 'answerBeyondGap',
    'gapFill.tooHigh': 'keep',
    'reject.tooHigh': 'keep',
    'application.tooHigh': 'keep',
  },
  // Gaps are left for the next Logon, everything in sequence is still worked off.
  logoutSent: {
    ...LOW_AT_THE_END,
    ...IN_SEQUENCE,
    ...at('reset', 'applyReset'),
    ...at('logon', 'ignore'),
    ...at('logout', 'finishLogout'),
    'logout.repeated': 'ignore',
    'heartbeat.tooHigh': 'ignore',
    'testRequest.tooHigh': 'ignore',
    'resendRequest.tooHigh': 'answerBeyondGap',
    'gapFill.tooHigh': 'ignore',
    'reject.tooHigh': 'ignore',
    'application.tooHigh': 'ignore',
    ...CONNECTED_EVENTS,
    ...NO_TIMERS,
    send: 'storeOnly',
    logout: 'ignore',
    challenged: 'ignore',
    deliveryFailed: 'stopDelivering',
    periodEnded: 'ignore',
    garbled: 'countGarbled',
    invalid: 'rejectInvalid',
    wrongBeginString: 'cut',
    wrongCompId: 'cut',
    wrongTime: 'cut',
    wrongNumber: 'cut',
    logoutOverdue: 'cut',
  },
};

export function stateMayBecome(step: Step, state: State): boolean {
  return (STEPS[step] as readonly State[]).includes(state);
}
