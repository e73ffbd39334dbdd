/**
 * From the library's messages to the typed events of the contract. Unknown messages are never dropped: they
 * become `other`, in whichever kind they came.
 */
import type {
  BlpAdminEvent,
  BlpAuthorizationEvent,
  BlpEvent,
  BlpFieldException,
  BlpReason,
  BlpRecord,
  BlpServiceEvent,
  BlpSessionEvent,
  BlpSubscriptionEvent,
  BlpValue,
} from './contract.ts';
import type { RawMessage } from './decode.ts';
import { isRecord, reasonOf } from './errors.ts';
import { eventType } from './layout.ts';

const sessionStates: Readonly<Record<string, BlpSessionEvent['state']>> = {
  SessionConnectionUp: 'connectionUp',
  SessionConnectionDown: 'connectionDown',
  SessionStarted: 'started',
  SessionStartupFailure: 'startupFailure',
  SessionTerminated: 'terminated',
};

const subscriptionStates: Readonly<Record<string, BlpSubscriptionEvent['state']>> = {
  SubscriptionStarted: 'started',
  SubscriptionFailure: 'failed',
  SubscriptionStreamsActivated: 'streamsActivated',
  SubscriptionStreamsDeactivated: 'streamsDeactivated',
  SubscriptionTerminated: 'terminated',
};

const serviceStates: Readonly<Record<string, BlpServiceEvent['state']>> = {
  ServiceOpened: 'opened',
  ServiceOpenFailure: 'openFailure',
  ServiceUp: 'up',
  ServiceDown: 'down',
  ServiceAvailabilityInfo: 'availability',
};

const adminKinds: Readonly<Record<string, BlpAdminEvent['what']>> = {
  SlowConsumerWarning: 'slowConsumerWarning',
  SlowConsumerWarningCleared: 'slowConsumerCleared',
  DataLoss: 'dataLoss',
};

const authorizationStates: Readonly<Record<string, BlpAuthorizationEvent['state']>> = {
  AuthorizationSuccess: 'success',
  AuthorizationFailure: 'failure',
  AuthorizationRevoked: 'revoked',
  EntitlementChanged: 'entitlementChanged',
};

const isAuthorizationMessage = (messageType: string): boolean => messageType in authorizationStates;

function given<K extends string, T>(name: K, value: T | undefined): { readonly [P in K]?: T } {
  return (value === undefined ? {} : { [name]: value }) as { readonly [P in K]?: T };
}

/**
 * Refused fields: `exceptions` of a started, `failureDetails` of a failed, `fieldExceptions` of a response.
 */
export function fieldExceptions(value: BlpValue | undefined): BlpFieldException[] {
  if (!Array.isArray(value)) return [];
  return (value as readonly BlpValue[]).filter(isRecord).map((each) => ({
    fieldId: typeof each.fieldId === 'string' ? each.fieldId : '',
    reason: reasonOf(each.reason) ?? reasonOf(each.errorInfo) ?? unclassified(each),
  }));
}

function unclassified(elements: BlpRecord): BlpReason {
  const description = typeof elements.reason === 'string' ? elements.reason : '';
  return { source: '', code: 0, category: 'UNCLASSIFIED', description };
}

function sessionEvent({ messageType, elements }: RawMessage): BlpSessionEvent {
  const server = elements.server ?? endpoint(elements.initialEndpoints);
  return {
    kind: 'session',
    state: sessionStates[messageType] ?? 'other',
    messageType,
    ...given('server', typeof server === 'string' ? server : undefined),
    ...given('reason', reasonOf(elements.reason)),
    elements,
  };
}

function endpoint(value: BlpValue | undefined): string | undefined {
  const first = Array.isArray(value) ? (value as readonly BlpValue[])[0] : undefined;
  return isRecord(first) && typeof first.address === 'string' ? first.address : undefined;
}

function subscriptionEvent(raw: RawMessage, correlationId: number): BlpSubscriptionEvent {
  const { messageType, elements } = raw;
  const reason = reasonOf(elements.reason);
  return {
    kind: 'subscription',
    state: subscriptionStates[messageType] ?? 'other',
    correlationId,
    messageType,
    ...given('reason', reason),
    exceptions: [...fieldExceptions(elements.exceptions), ...fieldExceptions(elements.failureDetails)],
    elements,
  };
}

function serviceEvent({ messageType, elements, service }: RawMessage): BlpServiceEvent {
  const named = elements.serviceName;
  return {
    kind: 'service',
    state: serviceStates[messageType] ?? 'other',
    service: typeof named === 'string' ? named : service,
    messageType,
    ...given('reason', reasonOf(elements.reason)),
    elements,
  };
}

function adminEvent({ messageType, elements, correlationIds }: RawMessage): BlpAdminEvent {
  return { kind: 'admin', what: adminKinds[messageType] ?? 'other', correlationIds, messageType, elements };
}

function authorizationEvent({ messageType, elements, correlationIds }: RawMessage): BlpAuthorizationEvent {
  return {
    kind: 'authorization',
    state: authorizationStates[messageType] ?? 'other',
    correlationId: correlationIds[0] ?? 0,
    messageType,
    ...given('reason', reasonOf(elements.reason)),
    elements,
  };
}

/** The typed event of a message; market data does not come here. */
export function typedEvent(raw: RawMessage): BlpEvent {
  if (isAuthorizationMessage(raw.messageType)) return authorizationEvent(raw);
  switch (raw.eventType) {
    case eventType.sessionStatus:
      return sessionEvent(raw);
    case eventType.subscriptionStatus: {
      const [correlationId] = raw.correlationIds;
      return correlationId === undefined ? otherEvent(raw) : subscriptionEvent(raw, correlationId);
    }
    case eventType.serviceStatus:
      return serviceEvent(raw);
    case eventType.admin:
      return adminEvent(raw);
    case eventType.authorizationStatus:
      return authorizationEvent(raw);
    default:
      return otherEvent(raw);
  }
}

function otherEvent({ eventType: type, correlationIds, messageType, elements }: RawMessage): BlpEvent {
  // A token is a secret; it goes to the caller of generateToken only.
  const shown = type === eventType.tokenStatus ? {} : elements;
  return { kind: 'other', eventType: type, correlationIds, messageType, elements: shown };
}
