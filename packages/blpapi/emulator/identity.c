/*
 * Identities: tokens, authorisation, entitlements and their revocation.
 */
#include "session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pthread_mutex_t identitiesLock = PTHREAD_MUTEX_INITIALIZER; /* the lists and their sessions */

blpapi_Identity_t *blpapi_Session_createIdentity(blpapi_Session_t *session) {
  Identity *identity = zeroed(sizeof *identity);
  atomic_init(&identity->references, 1);
  identity->seatType = session->scenario->seatType;
  identity->limitsEntitlements = session->scenario->limitsEntitlements;
  identity->entitlementCount = session->scenario->entitlementCount;
  memcpy(identity->entitlements, session->scenario->entitlements, sizeof identity->entitlements);
  alive(ALIVE_IDENTITIES, 1);
  return identity;
}

blpapi_Identity_t *blpapi_AbstractSession_createIdentity(blpapi_AbstractSession_t *session) {
  return blpapi_Session_createIdentity(session);
}

int blpapi_Identity_addRef(blpapi_Identity_t *handle) {
  atomic_fetch_add(&handle->references, 1);
  return 0;
}

void blpapi_Identity_release(blpapi_Identity_t *handle) {
  if (handle == NULL || atomic_fetch_sub(&handle->references, 1) != 1) return;
  free(handle);
  alive(ALIVE_IDENTITIES, -1);
}

int blpapi_Identity_isAuthorized(const blpapi_Identity_t *handle, const blpapi_Service_t *service) {
  (void)service;
  return atomic_load(&((Identity *)handle)->isAuthorized);
}

int blpapi_Identity_getSeatType(const blpapi_Identity_t *handle, int *seatType) {
  *seatType = atomic_load(&((Identity *)handle)->isAuthorized) ? handle->seatType : -1;
  return 0;
}

static bool entitled(const Identity *identity, int eid) {
  if (!atomic_load(&((Identity *)identity)->isAuthorized)) return false;
  if (!identity->limitsEntitlements) return true;
  for (size_t index = 0; index < identity->entitlementCount; index++)
    if (identity->entitlements[index] == eid) return true;
  return false;
}

/* 1 when all are granted. The ids come as an array or as an element with integers. */
int blpapi_Identity_hasEntitlements(const blpapi_Identity_t *handle, const blpapi_Service_t *service,
                                    const blpapi_Element_t *eidElement, const int *entitlementIds,
                                    size_t numEntitlements, int *failedEntitlements,
                                    int *failedEntitlementsCount) {
  (void)service;
  int failed = 0;
  int room = failedEntitlementsCount == NULL ? 0 : *failedEntitlementsCount;
  size_t count = eidElement != NULL ? blpapi_Element_numValues(eidElement) : numEntitlements;
  for (size_t index = 0; index < count; index++) {
    int eid = 0;
    if (eidElement == NULL) eid = entitlementIds[index];
    else if (blpapi_Element_getValueAsInt32(eidElement, &eid, index) != 0) continue;
    if (entitled(handle, eid)) continue;
    if (failedEntitlements != NULL && failed < room) failedEntitlements[failed] = eid;
    failed++;
  }
  if (failedEntitlementsCount != NULL) *failedEntitlementsCount = failed < room ? failed : room;
  return failed == 0;
}

/* From now on the session remembers the identity, to revoke it. */
void identity_authorize(Session *session, Identity *identity) {
  if (identity == NULL || atomic_exchange(&identity->isAuthorized, true)) return;
  pthread_mutex_lock(&identitiesLock);
  if (identity->session == NULL) {
    blpapi_Identity_addRef(identity);
    identity->session = session;
    identity->next = session->identities;
    session->identities = identity;
  }
  pthread_mutex_unlock(&identitiesLock);
}

void identities_revoke(Session *session) {
  Message *message;
  bool wasAny = false;
  for (Identity *each = session->identities; each != NULL; each = each->next)
    if (atomic_exchange(&each->isAuthorized, false)) wasAny = true;
  if (!wasAny || session->state != SESSION_STARTED) return;
  Event *event = status_event(session, EVENT_AUTHORIZATION_STATUS, "AuthorizationRevoked",
                              session->options.hasIdentity ? &session->identityCid : NULL, &message);
  put_reason(&message->root, "reason", "emulator", "NO_AUTH", 3, "Authorization revoked", NULL);
  deliver(session, event);
}

void identities_forget(Session *session) {
  pthread_mutex_lock(&identitiesLock);
  for (Identity *each = session->identities; each != NULL;) {
    Identity *next = each->next;
    each->session = NULL;
    each->next = NULL;
    atomic_store(&each->isAuthorized, false);
    blpapi_Identity_release(each);
    each = next;
  }
  session->identities = NULL;
  pthread_mutex_unlock(&identitiesLock);
  for (size_t index = 0; index < session->grantedCount; index++)
    blpapi_Identity_release(session->granted[index]);
  session->grantedCount = 0;
  blpapi_Identity_release(session->identity);
  session->identity = NULL;
}

/* A token is given to whoever said who they are, in either kind of options. */
static int token_later(Session *session, CorrelationId *cid, EventQueue *queue, bool isKnown) {
  Message *message;
  char token[64];
  if (session->state != SESSION_STARTED) return fail(ERROR_ILLEGAL_STATE, "Session Not Started");
  cid_settle(cid);
  bool isGranted = isKnown && !session->scenario->failsToken;
  Event *event = status_event(session, EVENT_TOKEN_STATUS,
                              isGranted ? "TokenGenerationSuccess" : "TokenGenerationFailure", cid, &message);
  if (isGranted) {
    uint64_t secret = random_seed(session->scenario->seed, session->options.authenticationOptions);
    snprintf(token, sizeof token, "emulator-token-%d-%llu", session->number, (unsigned long long)secret);
    put_text(&message->root, "token", token);
  } else {
    put_reason(&message->root, "reason", "emulator", "NO_AUTH", 3,
               isKnown ? "Token refused" : "No authentication options", "INVALID_USER");
  }
  queue_adopt(session, queue);
  task_event(session, session->scenario->requestNs, event, queue);
  return 0;
}

static int locked_token(Session *session, CorrelationId *correlationId, EventQueue *queue, bool isManual) {
  CorrelationId own;
  memset(&own, 0, sizeof own);
  pthread_mutex_lock(&session->lock);
  session_advance(session);
  const SessionOptions *options = &session->options;
  bool isKnown = isManual || options->hasIdentity || options->authenticationOptions[0] != '\0';
  int code = token_later(session, correlationId == NULL ? &own : correlationId, queue, isKnown);
  pthread_cond_broadcast(&session->changed);
  pthread_mutex_unlock(&session->lock);
  return code;
}

int blpapi_Session_generateToken(blpapi_Session_t *session, blpapi_CorrelationId_t *correlationId,
                                 blpapi_EventQueue_t *eventQueue) {
  return locked_token(session, correlationId, eventQueue, false);
}

int blpapi_AbstractSession_generateToken(blpapi_AbstractSession_t *session,
                                         blpapi_CorrelationId_t *correlationId,
                                         blpapi_EventQueue_t *eventQueue) {
  return locked_token(session, correlationId, eventQueue, false);
}

static void grant_task(Session *session, Task *task) { identity_authorize(session, task->identity); }

/* A token of this emulator, a user with an address, or an application name: anything else is refused. */
static bool accepts(const Session *session, const Element *request) {
  if (session->scenario->failsAuthorization) return false;
  const char *token = child_text(request, "token");
  if (token != NULL) return strncmp(token, "emulator-token-", 15) == 0;
  bool isUser = child_integer(request, "uuid", -1) > 0 || child_text(request, "emrsId") != NULL ||
                child_text(request, "authId") != NULL || child_text(request, "userId") != NULL;
  return isUser || child_text(request, "appName") != NULL;
}

int blpapi_Session_sendAuthorizationRequest(blpapi_Session_t *session, const blpapi_Request_t *request,
                                            blpapi_Identity_t *identity,
                                            blpapi_CorrelationId_t *correlationId,
                                            blpapi_EventQueue_t *eventQueue, const char *requestLabel,
                                            int requestLabelLen) {
  Message *message;
  CorrelationId own;
  (void)requestLabel;
  (void)requestLabelLen;
  memset(&own, 0, sizeof own);
  if (request == NULL || identity == NULL) return fail(ERROR_ILLEGAL_ARG, "Null request or identity");
  CorrelationId *cid = correlationId == NULL ? &own : correlationId;
  pthread_mutex_lock(&session->lock);
  session_advance(session);
  int code = session->state == SESSION_STARTED ? 0 : fail(ERROR_ILLEGAL_STATE, "Session Not Started");
  if (code == 0) {
    cid_settle(cid);
    bool isGranted = accepts(session, &request->root);
    Event *event = status_event(session, EVENT_RESPONSE,
                                isGranted ? "AuthorizationSuccess" : "AuthorizationFailure", cid, &message);
    message->service = request->service;
    if (!isGranted)
      put_reason(&message->root, "reason", "emulator", "NO_AUTH", 2, "Authorization refused", "INVALID_USER");
    queue_adopt(session, eventQueue);
    Task *task = task_add(session, session->scenario->requestNs, isGranted ? grant_task : NULL);
    task->event = event;
    task->queue = eventQueue;
    task->identity = identity;
    blpapi_Identity_addRef(identity);
    pthread_cond_broadcast(&session->changed);
  }
  pthread_mutex_unlock(&session->lock);
  return code;
}

int blpapi_AbstractSession_sendAuthorizationRequest(
    blpapi_AbstractSession_t *session, const blpapi_Request_t *request, blpapi_Identity_t *identity,
    blpapi_CorrelationId_t *correlationId, blpapi_EventQueue_t *eventQueue, const char *requestLabel,
    int requestLabelLen) {
  return blpapi_Session_sendAuthorizationRequest(session, request, identity, correlationId, eventQueue,
                                                 requestLabel, requestLabelLen);
}

#if EMULATES_NEWER
int blpapi_AbstractSession_generateManualToken(blpapi_AbstractSession_t *session,
                                               blpapi_CorrelationId_t *correlationId, const char *user,
                                               const char *manualIp, blpapi_EventQueue_t *eventQueue) {
  if (user == NULL || manualIp == NULL) return fail(ERROR_ILLEGAL_ARG, "Null user or address");
  return locked_token(session, correlationId, eventQueue, true);
}

int blpapi_AbstractSession_generateAuthorizedIdentityAsync(blpapi_AbstractSession_t *session,
                                                           const blpapi_AuthOptions_t *authOptions,
                                                           blpapi_CorrelationId_t *cid) {
  Message *message;
  if (authOptions == NULL || cid == NULL) return fail(ERROR_ILLEGAL_ARG, "Null authentication options");
  pthread_mutex_lock(&session->lock);
  session_advance(session);
  int code = session->state == SESSION_STARTED ? 0 : fail(ERROR_ILLEGAL_STATE, "Session Not Started");
  if (code == 0 && session->grantedCount == 16) code = fail(ERROR_ILLEGAL_STATE, "Too many identities");
  if (code == 0) {
    cid_settle(cid);
    bool isGranted = authOptions->mode != AUTH_NONE && !session->scenario->failsAuthorization;
    Event *event = status_event(session, EVENT_AUTHORIZATION_STATUS,
                                isGranted ? "AuthorizationSuccess" : "AuthorizationFailure", cid, &message);
    if (!isGranted)
      put_reason(&message->root, "reason", "emulator", "NO_AUTH", 2, "Authorization refused", "INVALID_USER");
    Task *task = task_add(session, session->scenario->requestNs, isGranted ? grant_task : NULL);
    task->event = event;
    if (isGranted) {
      task->identity = blpapi_Session_createIdentity(session);
      blpapi_Identity_addRef(task->identity);
      session->granted[session->grantedCount] = task->identity;
      session->grantedCids[session->grantedCount++] = *cid;
    }
    pthread_cond_broadcast(&session->changed);
  }
  pthread_mutex_unlock(&session->lock);
  return code;
}

/* The identity belongs to the caller, who releases it. */
int blpapi_AbstractSession_getAuthorizedIdentity(blpapi_AbstractSession_t *session,
                                                 const blpapi_CorrelationId_t *cid,
                                                 blpapi_Identity_t **identity) {
  Identity *found = NULL;
  pthread_mutex_lock(&session->lock);
  session_advance(session);
  if (session->identity != NULL && (cid == NULL || cid_equal(cid, &session->identityCid)))
    found = session->identity;
  for (size_t index = 0; cid != NULL && index < session->grantedCount; index++)
    if (cid_equal(cid, &session->grantedCids[index])) found = session->granted[index];
  if (found != NULL && !atomic_load(&found->isAuthorized)) found = NULL;
  if (found != NULL) blpapi_Identity_addRef(found);
  pthread_mutex_unlock(&session->lock);
  if (found == NULL) return fail(ERROR_CORRELATION_NOT_FOUND, "No authorized identity for this id.");
  *identity = found;
  return 0;
}
#endif
