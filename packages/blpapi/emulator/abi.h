/*
 * The functions of the binary interface that every version of the library exports (3.8 onwards).
 * abi_newer.h has what later versions added; abi_types.h has the data.
 */
#ifndef TIDEGATE_ABI_H
#define TIDEGATE_ABI_H

#include "abi_types.h"

#define BLPAPI_EXPORT __attribute__((visibility("default")))

/* Version, errors, diagnostics */
BLPAPI_EXPORT void blpapi_getVersionInfo(
    int *majorVersion, int *minorVersion, int *patchVersion, int *buildVersion);
BLPAPI_EXPORT const char *blpapi_getVersionIdentifier(void);
BLPAPI_EXPORT const char *blpapi_getLastErrorDescription(int resultCode);
BLPAPI_EXPORT int blpapi_getErrorInfo(blpapi_ErrorInfo_t *buffer, int errorCode);
BLPAPI_EXPORT int blpapi_Logging_registerCallback(blpapi_Logging_Func_t callback, int thresholdSeverity);
BLPAPI_EXPORT void blpapi_Logging_logTestMessage(int severity);
BLPAPI_EXPORT int blpapi_DiagnosticsUtil_memoryInfo(char *buffer, size_t bufferLength);
BLPAPI_EXPORT int blpapi_HighResolutionClock_now(blpapi_TimePoint_t *timePoint);
BLPAPI_EXPORT long long blpapi_TimePointUtil_nanosecondsBetween(
    const blpapi_TimePoint_t *start, const blpapi_TimePoint_t *end);

/* Session options */
BLPAPI_EXPORT blpapi_SessionOptions_t *blpapi_SessionOptions_create(void);
BLPAPI_EXPORT blpapi_SessionOptions_t *blpapi_SessionOptions_duplicate(
    const blpapi_SessionOptions_t *parameters);
BLPAPI_EXPORT void blpapi_SessionOptions_destroy(blpapi_SessionOptions_t *parameters);
BLPAPI_EXPORT int blpapi_SessionOptions_setServerHost(
    blpapi_SessionOptions_t *parameters, const char *serverHost);
BLPAPI_EXPORT int blpapi_SessionOptions_setServerPort(
    blpapi_SessionOptions_t *parameters, unsigned short serverPort);
BLPAPI_EXPORT int blpapi_SessionOptions_setServerAddress(
    blpapi_SessionOptions_t *parameters, const char *serverHost, unsigned short serverPort, size_t index);
BLPAPI_EXPORT int blpapi_SessionOptions_removeServerAddress(
    blpapi_SessionOptions_t *parameters, size_t index);
BLPAPI_EXPORT int blpapi_SessionOptions_numServerAddresses(blpapi_SessionOptions_t *parameters);
BLPAPI_EXPORT int blpapi_SessionOptions_getServerAddress(
    blpapi_SessionOptions_t *parameters, const char **serverHost, unsigned short *serverPort, size_t index);
BLPAPI_EXPORT int blpapi_SessionOptions_setConnectTimeout(
    blpapi_SessionOptions_t *parameters, unsigned int timeoutInMilliseconds);
BLPAPI_EXPORT void blpapi_SessionOptions_setNumStartAttempts(
    blpapi_SessionOptions_t *parameters, int numStartAttempts);
BLPAPI_EXPORT void blpapi_SessionOptions_setAutoRestartOnDisconnection(
    blpapi_SessionOptions_t *parameters, int autoRestart);
BLPAPI_EXPORT void blpapi_SessionOptions_setAuthenticationOptions(
    blpapi_SessionOptions_t *parameters, const char *authOptions);
BLPAPI_EXPORT void blpapi_SessionOptions_setClientMode(blpapi_SessionOptions_t *parameters, int clientMode);
BLPAPI_EXPORT int blpapi_SessionOptions_setDefaultServices(
    blpapi_SessionOptions_t *parameters, const char *defaultServices);
BLPAPI_EXPORT int blpapi_SessionOptions_setDefaultSubscriptionService(
    blpapi_SessionOptions_t *parameters, const char *serviceIdentifier);
BLPAPI_EXPORT void blpapi_SessionOptions_setDefaultTopicPrefix(
    blpapi_SessionOptions_t *parameters, const char *prefix);
BLPAPI_EXPORT void blpapi_SessionOptions_setAllowMultipleCorrelatorsPerMsg(
    blpapi_SessionOptions_t *parameters, int allowMultipleCorrelatorsPerMsg);
BLPAPI_EXPORT void blpapi_SessionOptions_setMaxPendingRequests(
    blpapi_SessionOptions_t *parameters, int maxPendingRequests);
BLPAPI_EXPORT void blpapi_SessionOptions_setMaxEventQueueSize(
    blpapi_SessionOptions_t *parameters, size_t maxEventQueueSize);
BLPAPI_EXPORT int blpapi_SessionOptions_setSlowConsumerWarningHiWaterMark(
    blpapi_SessionOptions_t *parameters, float hiWaterMark);
BLPAPI_EXPORT int blpapi_SessionOptions_setSlowConsumerWarningLoWaterMark(
    blpapi_SessionOptions_t *parameters, float loWaterMark);
BLPAPI_EXPORT int blpapi_SessionOptions_setKeepAliveEnabled(
    blpapi_SessionOptions_t *parameters, int isEnabled);
BLPAPI_EXPORT int blpapi_SessionOptions_setDefaultKeepAliveInactivityTime(
    blpapi_SessionOptions_t *parameters, int inactivityMsecs);
BLPAPI_EXPORT int blpapi_SessionOptions_setDefaultKeepAliveResponseTimeout(
    blpapi_SessionOptions_t *parameters, int timeoutMsecs);
BLPAPI_EXPORT void blpapi_SessionOptions_setRecordSubscriptionDataReceiveTimes(
    blpapi_SessionOptions_t *parameters, int shouldRecord);

/* Session */
BLPAPI_EXPORT blpapi_Session_t *blpapi_Session_create(
    blpapi_SessionOptions_t *parameters, blpapi_EventHandler_t handler,
    blpapi_EventDispatcher_t *dispatcher, void *userData);
BLPAPI_EXPORT void blpapi_Session_destroy(blpapi_Session_t *session);
BLPAPI_EXPORT int blpapi_Session_start(blpapi_Session_t *session);
BLPAPI_EXPORT int blpapi_Session_startAsync(blpapi_Session_t *session);
BLPAPI_EXPORT int blpapi_Session_stop(blpapi_Session_t *session);
BLPAPI_EXPORT int blpapi_Session_stopAsync(blpapi_Session_t *session);
BLPAPI_EXPORT int blpapi_Session_nextEvent(
    blpapi_Session_t *session, blpapi_Event_t **eventPointer, unsigned int timeoutInMilliseconds);
BLPAPI_EXPORT int blpapi_Session_tryNextEvent(blpapi_Session_t *session, blpapi_Event_t **eventPointer);
BLPAPI_EXPORT int blpapi_Session_openService(blpapi_Session_t *session, const char *serviceName);
BLPAPI_EXPORT int blpapi_Session_openServiceAsync(
    blpapi_Session_t *session, const char *serviceName, blpapi_CorrelationId_t *correlationId);
BLPAPI_EXPORT int blpapi_Session_getService(
    blpapi_Session_t *session, blpapi_Service_t **service, const char *serviceName);
BLPAPI_EXPORT int blpapi_Session_subscribe(
    blpapi_Session_t *session, const blpapi_SubscriptionList_t *subscriptionList,
    const blpapi_Identity_t *handle, const char *requestLabel, int requestLabelLen);
BLPAPI_EXPORT int blpapi_Session_resubscribe(
    blpapi_Session_t *session, const blpapi_SubscriptionList_t *resubscriptionList,
    const char *requestLabel, int requestLabelLen);
BLPAPI_EXPORT int blpapi_Session_resubscribeWithId(
    blpapi_Session_t *session, const blpapi_SubscriptionList_t *resubscriptionList, int resubscriptionId,
    const char *requestLabel, int requestLabelLen);
BLPAPI_EXPORT int blpapi_Session_unsubscribe(
    blpapi_Session_t *session, const blpapi_SubscriptionList_t *unsubscriptionList,
    const char *requestLabel, int requestLabelLen);
BLPAPI_EXPORT int blpapi_Session_cancel(
    blpapi_Session_t *session, const blpapi_CorrelationId_t *correlationIds, size_t numCorrelationIds,
    const char *requestLabel, int requestLabelLen);
BLPAPI_EXPORT int blpapi_Session_sendRequest(
    blpapi_Session_t *session, const blpapi_Request_t *request, blpapi_CorrelationId_t *correlationId,
    blpapi_Identity_t *identity, blpapi_EventQueue_t *eventQueue, const char *requestLabel,
    int requestLabelLen);
BLPAPI_EXPORT int blpapi_Session_setStatusCorrelationId(
    blpapi_Session_t *session, const blpapi_Service_t *service, const blpapi_Identity_t *identity,
    const blpapi_CorrelationId_t *correlationId);
BLPAPI_EXPORT blpapi_Identity_t *blpapi_Session_createIdentity(blpapi_Session_t *session);
BLPAPI_EXPORT int blpapi_Session_generateToken(
    blpapi_Session_t *session, blpapi_CorrelationId_t *correlationId, blpapi_EventQueue_t *eventQueue);
BLPAPI_EXPORT int blpapi_Session_sendAuthorizationRequest(
    blpapi_Session_t *session, const blpapi_Request_t *request, blpapi_Identity_t *identity,
    blpapi_CorrelationId_t *correlationId, blpapi_EventQueue_t *eventQueue, const char *requestLabel,
    int requestLabelLen);
BLPAPI_EXPORT blpapi_AbstractSession_t *blpapi_Session_getAbstractSession(blpapi_Session_t *session);

/* AbstractSession (same object through Session_getAbstractSession) */
BLPAPI_EXPORT int blpapi_AbstractSession_generateToken(
    blpapi_AbstractSession_t *session, blpapi_CorrelationId_t *correlationId,
    blpapi_EventQueue_t *eventQueue);
BLPAPI_EXPORT blpapi_Identity_t *blpapi_AbstractSession_createIdentity(blpapi_AbstractSession_t *session);
BLPAPI_EXPORT int blpapi_AbstractSession_sendAuthorizationRequest(
    blpapi_AbstractSession_t *session, const blpapi_Request_t *request, blpapi_Identity_t *identity,
    blpapi_CorrelationId_t *correlationId, blpapi_EventQueue_t *eventQueue, const char *requestLabel,
    int requestLabelLen);
BLPAPI_EXPORT int blpapi_AbstractSession_openServiceAsync(
    blpapi_AbstractSession_t *session, const char *serviceIdentifier,
    blpapi_CorrelationId_t *correlationId);
BLPAPI_EXPORT int blpapi_AbstractSession_getService(
    blpapi_AbstractSession_t *session, blpapi_Service_t **service, const char *serviceIdentifier);
BLPAPI_EXPORT int blpapi_AbstractSession_cancel(
    blpapi_AbstractSession_t *session, const blpapi_CorrelationId_t *correlationIds,
    size_t numCorrelationIds, const char *requestLabel, int requestLabelLen);

/* Identity */
BLPAPI_EXPORT int blpapi_Identity_addRef(blpapi_Identity_t *handle);
BLPAPI_EXPORT void blpapi_Identity_release(blpapi_Identity_t *handle);
BLPAPI_EXPORT int blpapi_Identity_isAuthorized(
    const blpapi_Identity_t *handle, const blpapi_Service_t *service);
BLPAPI_EXPORT int blpapi_Identity_hasEntitlements(
    const blpapi_Identity_t *handle, const blpapi_Service_t *service, const blpapi_Element_t *eidElement,
    const int *entitlementIds, size_t numEntitlements, int *failedEntitlements,
    int *failedEntitlementsCount);
BLPAPI_EXPORT int blpapi_Identity_getSeatType(const blpapi_Identity_t *handle, int *seatType);

/* Subscription list */
BLPAPI_EXPORT blpapi_SubscriptionList_t *blpapi_SubscriptionList_create(void);
BLPAPI_EXPORT void blpapi_SubscriptionList_destroy(blpapi_SubscriptionList_t *list);
BLPAPI_EXPORT int blpapi_SubscriptionList_add(
    blpapi_SubscriptionList_t *list, const char *subscriptionString,
    const blpapi_CorrelationId_t *correlationId, const char **fields, const char **options,
    size_t numfields, size_t numOptions);
BLPAPI_EXPORT int blpapi_SubscriptionList_append(
    blpapi_SubscriptionList_t *dest, const blpapi_SubscriptionList_t *src);
BLPAPI_EXPORT int blpapi_SubscriptionList_clear(blpapi_SubscriptionList_t *list);
BLPAPI_EXPORT int blpapi_SubscriptionList_size(const blpapi_SubscriptionList_t *list);
BLPAPI_EXPORT int blpapi_SubscriptionList_correlationIdAt(
    const blpapi_SubscriptionList_t *list, blpapi_CorrelationId_t *result, size_t index);
BLPAPI_EXPORT int blpapi_SubscriptionList_topicStringAt(
    blpapi_SubscriptionList_t *list, const char **result, size_t index);

/* Service, request */
BLPAPI_EXPORT int blpapi_Service_addRef(blpapi_Service_t *service);
BLPAPI_EXPORT void blpapi_Service_release(blpapi_Service_t *service);
BLPAPI_EXPORT const char *blpapi_Service_name(blpapi_Service_t *service);
BLPAPI_EXPORT int blpapi_Service_createRequest(
    blpapi_Service_t *service, blpapi_Request_t **request, const char *operation);
BLPAPI_EXPORT int blpapi_Service_createAuthorizationRequest(
    blpapi_Service_t *service, blpapi_Request_t **request, const char *operation);
BLPAPI_EXPORT int blpapi_Service_numOperations(blpapi_Service_t *service);
BLPAPI_EXPORT int blpapi_Service_getOperationAt(
    blpapi_Service_t *service, blpapi_Operation_t **operation, size_t index);
BLPAPI_EXPORT int blpapi_Service_getOperation(
    blpapi_Service_t *service, blpapi_Operation_t **operation, const char *nameString,
    const blpapi_Name_t *name);
BLPAPI_EXPORT int blpapi_Service_getEventDefinition(
    blpapi_Service_t *service, blpapi_SchemaElementDefinition_t **result, const char *nameString,
    const blpapi_Name_t *name);
BLPAPI_EXPORT const char *blpapi_Operation_name(blpapi_Operation_t *operation);
BLPAPI_EXPORT int blpapi_Operation_requestDefinition(
    blpapi_Operation_t *operation, blpapi_SchemaElementDefinition_t **requestDefinition);
BLPAPI_EXPORT blpapi_Element_t *blpapi_Request_elements(blpapi_Request_t *request);
BLPAPI_EXPORT void blpapi_Request_destroy(blpapi_Request_t *request);

/* Events, queues, messages */
BLPAPI_EXPORT int blpapi_Event_eventType(const blpapi_Event_t *event);
BLPAPI_EXPORT int blpapi_Event_addRef(const blpapi_Event_t *event);
BLPAPI_EXPORT int blpapi_Event_release(const blpapi_Event_t *event);
BLPAPI_EXPORT blpapi_EventQueue_t *blpapi_EventQueue_create(void);
BLPAPI_EXPORT int blpapi_EventQueue_destroy(blpapi_EventQueue_t *eventQueue);
BLPAPI_EXPORT blpapi_Event_t *blpapi_EventQueue_nextEvent(blpapi_EventQueue_t *eventQueue, int timeout);
BLPAPI_EXPORT int blpapi_EventQueue_tryNextEvent(
    blpapi_EventQueue_t *eventQueue, blpapi_Event_t **eventPointer);
BLPAPI_EXPORT int blpapi_EventQueue_purge(blpapi_EventQueue_t *eventQueue);
BLPAPI_EXPORT blpapi_MessageIterator_t *blpapi_MessageIterator_create(const blpapi_Event_t *event);
BLPAPI_EXPORT int blpapi_MessageIterator_next(
    blpapi_MessageIterator_t *iterator, blpapi_Message_t **result);
BLPAPI_EXPORT void blpapi_MessageIterator_destroy(blpapi_MessageIterator_t *iterator);
BLPAPI_EXPORT blpapi_Name_t *blpapi_Message_messageType(const blpapi_Message_t *message);
BLPAPI_EXPORT const char *blpapi_Message_typeString(const blpapi_Message_t *message);
BLPAPI_EXPORT const char *blpapi_Message_topicName(const blpapi_Message_t *message);
BLPAPI_EXPORT blpapi_Service_t *blpapi_Message_service(const blpapi_Message_t *message);
BLPAPI_EXPORT int blpapi_Message_numCorrelationIds(const blpapi_Message_t *message);
BLPAPI_EXPORT blpapi_CorrelationId_t blpapi_Message_correlationId(
    const blpapi_Message_t *message, size_t index);
BLPAPI_EXPORT blpapi_Element_t *blpapi_Message_elements(const blpapi_Message_t *message);
BLPAPI_EXPORT int blpapi_Message_fragmentType(const blpapi_Message_t *message);
BLPAPI_EXPORT int blpapi_Message_timeReceived(
    const blpapi_Message_t *message, blpapi_TimePoint_t *timeReceived);
BLPAPI_EXPORT int blpapi_Message_addRef(const blpapi_Message_t *message);
BLPAPI_EXPORT int blpapi_Message_release(const blpapi_Message_t *message);

/* Names */
BLPAPI_EXPORT blpapi_Name_t *blpapi_Name_create(const char *nameString);
BLPAPI_EXPORT void blpapi_Name_destroy(blpapi_Name_t *name);
BLPAPI_EXPORT blpapi_Name_t *blpapi_Name_duplicate(const blpapi_Name_t *src);
BLPAPI_EXPORT blpapi_Name_t *blpapi_Name_findName(const char *nameString);
BLPAPI_EXPORT const char *blpapi_Name_string(const blpapi_Name_t *name);
BLPAPI_EXPORT size_t blpapi_Name_length(const blpapi_Name_t *name);
BLPAPI_EXPORT int blpapi_Name_equalsStr(const blpapi_Name_t *name, const char *string);

/* Element: read */
BLPAPI_EXPORT blpapi_Name_t *blpapi_Element_name(const blpapi_Element_t *element);
BLPAPI_EXPORT const char *blpapi_Element_nameString(const blpapi_Element_t *element);
BLPAPI_EXPORT int blpapi_Element_datatype(const blpapi_Element_t *element);
BLPAPI_EXPORT blpapi_SchemaElementDefinition_t *blpapi_Element_definition(const blpapi_Element_t *element);
BLPAPI_EXPORT int blpapi_Element_isComplexType(const blpapi_Element_t *element);
BLPAPI_EXPORT int blpapi_Element_isArray(const blpapi_Element_t *element);
BLPAPI_EXPORT int blpapi_Element_isReadOnly(const blpapi_Element_t *element);
BLPAPI_EXPORT int blpapi_Element_isNull(const blpapi_Element_t *element);
BLPAPI_EXPORT int blpapi_Element_isNullValue(const blpapi_Element_t *element, size_t position);
BLPAPI_EXPORT size_t blpapi_Element_numElements(const blpapi_Element_t *element);
BLPAPI_EXPORT size_t blpapi_Element_numValues(const blpapi_Element_t *element);
BLPAPI_EXPORT int blpapi_Element_hasElement(
    const blpapi_Element_t *element, const char *nameString, const blpapi_Name_t *name);
BLPAPI_EXPORT int blpapi_Element_hasElementEx(
    const blpapi_Element_t *element, const char *nameString, const blpapi_Name_t *name,
    int excludeNullElements, int reserved);
BLPAPI_EXPORT int blpapi_Element_getElementAt(
    const blpapi_Element_t *element, blpapi_Element_t **result, size_t position);
BLPAPI_EXPORT int blpapi_Element_getElement(
    const blpapi_Element_t *element, blpapi_Element_t **result, const char *nameString,
    const blpapi_Name_t *name);
BLPAPI_EXPORT int blpapi_Element_getChoice(const blpapi_Element_t *element, blpapi_Element_t **result);
BLPAPI_EXPORT int blpapi_Element_getValueAsBool(
    const blpapi_Element_t *element, blpapi_Bool_t *buffer, size_t index);
BLPAPI_EXPORT int blpapi_Element_getValueAsChar(
    const blpapi_Element_t *element, blpapi_Char_t *buffer, size_t index);
BLPAPI_EXPORT int blpapi_Element_getValueAsInt32(
    const blpapi_Element_t *element, blpapi_Int32_t *buffer, size_t index);
BLPAPI_EXPORT int blpapi_Element_getValueAsInt64(
    const blpapi_Element_t *element, blpapi_Int64_t *buffer, size_t index);
BLPAPI_EXPORT int blpapi_Element_getValueAsFloat32(
    const blpapi_Element_t *element, blpapi_Float32_t *buffer, size_t index);
BLPAPI_EXPORT int blpapi_Element_getValueAsFloat64(
    const blpapi_Element_t *element, blpapi_Float64_t *buffer, size_t index);
BLPAPI_EXPORT int blpapi_Element_getValueAsString(
    const blpapi_Element_t *element, const char **buffer, size_t index);
BLPAPI_EXPORT int blpapi_Element_getValueAsDatetime(
    const blpapi_Element_t *element, blpapi_Datetime_t *buffer, size_t index);
BLPAPI_EXPORT int blpapi_Element_getValueAsHighPrecisionDatetime(
    const blpapi_Element_t *element, blpapi_HighPrecisionDatetime_t *buffer, size_t index);
BLPAPI_EXPORT int blpapi_Element_getValueAsName(
    const blpapi_Element_t *element, blpapi_Name_t **buffer, size_t index);
BLPAPI_EXPORT int blpapi_Element_getValueAsElement(
    const blpapi_Element_t *element, blpapi_Element_t **buffer, size_t index);
BLPAPI_EXPORT int blpapi_Element_print(
    const blpapi_Element_t *element, blpapi_StreamWriter_t streamWriter, void *stream, int level,
    int spacesPerLevel);

/* Element: write (requests) */
BLPAPI_EXPORT int blpapi_Element_setElementBool(
    blpapi_Element_t *element, const char *nameString, const blpapi_Name_t *name, blpapi_Bool_t value);
BLPAPI_EXPORT int blpapi_Element_setElementInt32(
    blpapi_Element_t *element, const char *nameString, const blpapi_Name_t *name, blpapi_Int32_t value);
BLPAPI_EXPORT int blpapi_Element_setElementInt64(
    blpapi_Element_t *element, const char *nameString, const blpapi_Name_t *name, blpapi_Int64_t value);
BLPAPI_EXPORT int blpapi_Element_setElementFloat64(
    blpapi_Element_t *element, const char *nameString, const blpapi_Name_t *name, blpapi_Float64_t value);
BLPAPI_EXPORT int blpapi_Element_setElementString(
    blpapi_Element_t *element, const char *nameString, const blpapi_Name_t *name, const char *value);
BLPAPI_EXPORT int blpapi_Element_setElementDatetime(
    blpapi_Element_t *element, const char *nameString, const blpapi_Name_t *name,
    const blpapi_Datetime_t *value);
BLPAPI_EXPORT int blpapi_Element_setElementHighPrecisionDatetime(
    blpapi_Element_t *element, const char *nameString, const blpapi_Name_t *name,
    const blpapi_HighPrecisionDatetime_t *value);
BLPAPI_EXPORT int blpapi_Element_setElementFromName(
    blpapi_Element_t *element, const char *elementName, const blpapi_Name_t *name,
    const blpapi_Name_t *buffer);
BLPAPI_EXPORT int blpapi_Element_setValueBool(blpapi_Element_t *element, blpapi_Bool_t value, size_t index);
BLPAPI_EXPORT int blpapi_Element_setValueInt32(
    blpapi_Element_t *element, blpapi_Int32_t value, size_t index);
BLPAPI_EXPORT int blpapi_Element_setValueInt64(
    blpapi_Element_t *element, blpapi_Int64_t value, size_t index);
BLPAPI_EXPORT int blpapi_Element_setValueFloat64(
    blpapi_Element_t *element, blpapi_Float64_t value, size_t index);
BLPAPI_EXPORT int blpapi_Element_setValueString(blpapi_Element_t *element, const char *value, size_t index);
BLPAPI_EXPORT int blpapi_Element_setValueDatetime(
    blpapi_Element_t *element, const blpapi_Datetime_t *value, size_t index);
BLPAPI_EXPORT int blpapi_Element_setValueHighPrecisionDatetime(
    blpapi_Element_t *element, const blpapi_HighPrecisionDatetime_t *value, size_t index);
BLPAPI_EXPORT int blpapi_Element_appendElement(
    blpapi_Element_t *element, blpapi_Element_t **appendedElement);
BLPAPI_EXPORT int blpapi_Element_setChoice(
    blpapi_Element_t *element, blpapi_Element_t **resultElement, const char *nameCstr,
    const blpapi_Name_t *name, size_t index);
/* Session options: what is set */
BLPAPI_EXPORT const char *blpapi_SessionOptions_serverHost(blpapi_SessionOptions_t *parameters);
BLPAPI_EXPORT unsigned int blpapi_SessionOptions_serverPort(blpapi_SessionOptions_t *parameters);
BLPAPI_EXPORT unsigned int blpapi_SessionOptions_connectTimeout(blpapi_SessionOptions_t *parameters);
BLPAPI_EXPORT const char *blpapi_SessionOptions_defaultServices(blpapi_SessionOptions_t *parameters);
BLPAPI_EXPORT const char *blpapi_SessionOptions_defaultSubscriptionService(
    blpapi_SessionOptions_t *parameters);
BLPAPI_EXPORT const char *blpapi_SessionOptions_defaultTopicPrefix(blpapi_SessionOptions_t *parameters);
BLPAPI_EXPORT int blpapi_SessionOptions_allowMultipleCorrelatorsPerMsg(blpapi_SessionOptions_t *parameters);
BLPAPI_EXPORT int blpapi_SessionOptions_clientMode(blpapi_SessionOptions_t *parameters);
BLPAPI_EXPORT int blpapi_SessionOptions_maxPendingRequests(blpapi_SessionOptions_t *parameters);
BLPAPI_EXPORT int blpapi_SessionOptions_autoRestartOnDisconnection(blpapi_SessionOptions_t *parameters);
BLPAPI_EXPORT const char *blpapi_SessionOptions_authenticationOptions(blpapi_SessionOptions_t *parameters);
BLPAPI_EXPORT int blpapi_SessionOptions_numStartAttempts(blpapi_SessionOptions_t *parameters);
BLPAPI_EXPORT size_t blpapi_SessionOptions_maxEventQueueSize(blpapi_SessionOptions_t *parameters);
BLPAPI_EXPORT float blpapi_SessionOptions_slowConsumerWarningHiWaterMark(
    blpapi_SessionOptions_t *parameters);
BLPAPI_EXPORT float blpapi_SessionOptions_slowConsumerWarningLoWaterMark(
    blpapi_SessionOptions_t *parameters);
BLPAPI_EXPORT int blpapi_SessionOptions_defaultKeepAliveInactivityTime(blpapi_SessionOptions_t *parameters);
BLPAPI_EXPORT int blpapi_SessionOptions_defaultKeepAliveResponseTimeout(
    blpapi_SessionOptions_t *parameters);
BLPAPI_EXPORT int blpapi_SessionOptions_keepAliveEnabled(blpapi_SessionOptions_t *parameters);
BLPAPI_EXPORT int blpapi_SessionOptions_recordSubscriptionDataReceiveTimes(
    blpapi_SessionOptions_t *parameters);

/* Dispatchers */
BLPAPI_EXPORT blpapi_EventDispatcher_t *blpapi_EventDispatcher_create(size_t numDispatcherThreads);
BLPAPI_EXPORT void blpapi_EventDispatcher_destroy(blpapi_EventDispatcher_t *handle);
BLPAPI_EXPORT int blpapi_EventDispatcher_start(blpapi_EventDispatcher_t *handle);
BLPAPI_EXPORT int blpapi_EventDispatcher_stop(blpapi_EventDispatcher_t *handle, int async);

/* Element: more ways to write */
BLPAPI_EXPORT int blpapi_Element_setElementChar(
    blpapi_Element_t *element, const char *nameString, const blpapi_Name_t *name, blpapi_Char_t value);
BLPAPI_EXPORT int blpapi_Element_setElementFloat32(
    blpapi_Element_t *element, const char *nameString, const blpapi_Name_t *name, blpapi_Float32_t value);
BLPAPI_EXPORT int blpapi_Element_setValueChar(blpapi_Element_t *element, blpapi_Char_t value, size_t index);
BLPAPI_EXPORT int blpapi_Element_setValueFloat32(
    blpapi_Element_t *element, blpapi_Float32_t value, size_t index);
BLPAPI_EXPORT int blpapi_Element_setValueFromName(
    blpapi_Element_t *element, const blpapi_Name_t *value, size_t index);

/* Date-times */
BLPAPI_EXPORT int blpapi_Datetime_compare(blpapi_Datetime_t left, blpapi_Datetime_t right);
BLPAPI_EXPORT int blpapi_Datetime_print(
    const blpapi_Datetime_t *datetime, blpapi_StreamWriter_t streamWriter, void *stream, int level,
    int spacesPerLevel);
BLPAPI_EXPORT int blpapi_HighPrecisionDatetime_compare(
    const blpapi_HighPrecisionDatetime_t *left, const blpapi_HighPrecisionDatetime_t *right);
BLPAPI_EXPORT int blpapi_HighPrecisionDatetime_print(
    const blpapi_HighPrecisionDatetime_t *datetime, blpapi_StreamWriter_t streamWriter, void *stream,
    int level, int spacesPerLevel);
BLPAPI_EXPORT int blpapi_HighPrecisionDatetime_fromTimePoint(
    blpapi_HighPrecisionDatetime_t *datetime, const blpapi_TimePoint_t *timePoint, short offset);

/* Schema: services, operations */
BLPAPI_EXPORT const char *blpapi_Service_description(blpapi_Service_t *service);
BLPAPI_EXPORT int blpapi_Service_numEventDefinitions(blpapi_Service_t *service);
BLPAPI_EXPORT int blpapi_Service_getEventDefinitionAt(
    blpapi_Service_t *service, blpapi_SchemaElementDefinition_t **result, size_t index);
BLPAPI_EXPORT const char *blpapi_Operation_description(blpapi_Operation_t *operation);
BLPAPI_EXPORT int blpapi_Operation_numResponseDefinitions(blpapi_Operation_t *operation);
BLPAPI_EXPORT int blpapi_Operation_responseDefinition(
    blpapi_Operation_t *operation, blpapi_SchemaElementDefinition_t **definition, size_t index);

/* Schema: elements, types, constants */
BLPAPI_EXPORT blpapi_Name_t *blpapi_SchemaElementDefinition_name(
    const blpapi_SchemaElementDefinition_t *field);
BLPAPI_EXPORT const char *blpapi_SchemaElementDefinition_description(
    const blpapi_SchemaElementDefinition_t *field);
BLPAPI_EXPORT int blpapi_SchemaElementDefinition_status(const blpapi_SchemaElementDefinition_t *field);
BLPAPI_EXPORT blpapi_SchemaTypeDefinition_t *blpapi_SchemaElementDefinition_type(
    const blpapi_SchemaElementDefinition_t *field);
BLPAPI_EXPORT size_t blpapi_SchemaElementDefinition_numAlternateNames(
    const blpapi_SchemaElementDefinition_t *field);
BLPAPI_EXPORT size_t blpapi_SchemaElementDefinition_minValues(const blpapi_SchemaElementDefinition_t *field);
BLPAPI_EXPORT size_t blpapi_SchemaElementDefinition_maxValues(const blpapi_SchemaElementDefinition_t *field);
BLPAPI_EXPORT blpapi_Name_t *blpapi_SchemaTypeDefinition_name(const blpapi_SchemaTypeDefinition_t *type);
BLPAPI_EXPORT const char *blpapi_SchemaTypeDefinition_description(
    const blpapi_SchemaTypeDefinition_t *type);
BLPAPI_EXPORT int blpapi_SchemaTypeDefinition_status(const blpapi_SchemaTypeDefinition_t *type);
BLPAPI_EXPORT int blpapi_SchemaTypeDefinition_datatype(const blpapi_SchemaTypeDefinition_t *type);
BLPAPI_EXPORT int blpapi_SchemaTypeDefinition_isComplexType(const blpapi_SchemaTypeDefinition_t *type);
BLPAPI_EXPORT int blpapi_SchemaTypeDefinition_isSimpleType(const blpapi_SchemaTypeDefinition_t *type);
BLPAPI_EXPORT int blpapi_SchemaTypeDefinition_isEnumerationType(const blpapi_SchemaTypeDefinition_t *type);
BLPAPI_EXPORT size_t blpapi_SchemaTypeDefinition_numElementDefinitions(
    const blpapi_SchemaTypeDefinition_t *type);
BLPAPI_EXPORT blpapi_SchemaElementDefinition_t *blpapi_SchemaTypeDefinition_getElementDefinition(
    const blpapi_SchemaTypeDefinition_t *type, const char *nameString, const blpapi_Name_t *name);
BLPAPI_EXPORT blpapi_SchemaElementDefinition_t *blpapi_SchemaTypeDefinition_getElementDefinitionAt(
    const blpapi_SchemaTypeDefinition_t *type, size_t index);
BLPAPI_EXPORT blpapi_ConstantList_t *blpapi_SchemaTypeDefinition_enumeration(
    const blpapi_SchemaTypeDefinition_t *type);
BLPAPI_EXPORT blpapi_Name_t *blpapi_ConstantList_name(const blpapi_ConstantList_t *list);
BLPAPI_EXPORT int blpapi_ConstantList_numConstants(const blpapi_ConstantList_t *list);
BLPAPI_EXPORT int blpapi_ConstantList_datatype(const blpapi_ConstantList_t *list);
BLPAPI_EXPORT blpapi_Constant_t *blpapi_ConstantList_getConstant(
    const blpapi_ConstantList_t *list, const char *nameString, const blpapi_Name_t *name);
BLPAPI_EXPORT blpapi_Constant_t *blpapi_ConstantList_getConstantAt(
    const blpapi_ConstantList_t *list, size_t index);
BLPAPI_EXPORT blpapi_Name_t *blpapi_Constant_name(const blpapi_Constant_t *constant);
BLPAPI_EXPORT const char *blpapi_Constant_description(const blpapi_Constant_t *constant);
BLPAPI_EXPORT int blpapi_Constant_datatype(const blpapi_Constant_t *constant);
BLPAPI_EXPORT int blpapi_Constant_getValueAsString(const blpapi_Constant_t *constant, const char **buffer);

#endif
