/*
 * The functions that versions after 3.8 added. A build with -DBLPAPI_EMULATED_VERSION=308 leaves them out,
 * so that callers can be tested against a library that lacks them. Also the emulator's own three functions.
 */
#ifndef TIDEGATE_ABI_NEWER_H
#define TIDEGATE_ABI_NEWER_H

#include "abi.h"

#ifndef BLPAPI_EMULATED_VERSION
#define BLPAPI_EMULATED_VERSION 325 /* major x 100 + minor */
#endif
#define EMULATES_NEWER (BLPAPI_EMULATED_VERSION >= 309)

/* Only in the emulator: a scenario line applied at run time; 0, or ERROR_ILLEGAL_ARG when it is not one. */
BLPAPI_EXPORT int tidegate_emulator_apply(blpapi_Session_t *session, const char *line);
/* Only in the emulator: forgets how many sessions were made, so that "session 1" means the next one. */
BLPAPI_EXPORT void tidegate_emulator_reset(void);
/* Only in the emulator: objects alive now (0 sessions, 1 events, 2 requests, 3 identities). */
BLPAPI_EXPORT long tidegate_emulator_alive(int kind);

#if EMULATES_NEWER

/* Version, errors, diagnostics */
BLPAPI_EXPORT int blpapi_Logging_configureLogging(
    int level, const char *fileName, int rolloverFileCount, int rolloverFileLimit);
BLPAPI_EXPORT int blpapi_UserAgentInfo_setUserTaskName(const char *userTaskName);
BLPAPI_EXPORT int blpapi_UserAgentInfo_setNativeSdkLanguageAndVersion(
    const char *language, const char *version);

/* Session options */
BLPAPI_EXPORT int blpapi_SessionOptions_setServerAddressWithProxy(
    blpapi_SessionOptions_t *parameters, const char *serverHost, unsigned short serverPort,
    const blpapi_Socks5Config_t *socks5Config, size_t index);
BLPAPI_EXPORT int blpapi_SessionOptions_setSessionIdentityOptions(
    blpapi_SessionOptions_t *parameters, const blpapi_AuthOptions_t *authOptions,
    blpapi_CorrelationId_t *cid);
BLPAPI_EXPORT void blpapi_SessionOptions_setTlsOptions(
    blpapi_SessionOptions_t *parameters, const blpapi_TlsOptions_t *tlsOptions);
BLPAPI_EXPORT int blpapi_SessionOptions_setServiceCheckTimeout(
    blpapi_SessionOptions_t *parameters, int timeoutMsecs);
BLPAPI_EXPORT int blpapi_SessionOptions_setServiceDownloadTimeout(
    blpapi_SessionOptions_t *parameters, int timeoutMsecs);
BLPAPI_EXPORT int blpapi_SessionOptions_setBandwidthSaveModeDisabled(
    blpapi_SessionOptions_t *parameters, int disableBandwidthSaveMode);
BLPAPI_EXPORT int blpapi_SessionOptions_setApplicationIdentityKey(
    blpapi_SessionOptions_t *parameters, const char *applicationIdentityKey, size_t size);
BLPAPI_EXPORT int blpapi_SessionOptions_setSessionName(
    blpapi_SessionOptions_t *parameters, const char *sessionName, size_t size);
BLPAPI_EXPORT int blpapi_SessionOptions_print(
    blpapi_SessionOptions_t *parameters, blpapi_StreamWriter_t streamWriter, void *stream, int indentLevel,
    int spacesPerLevel);
BLPAPI_EXPORT blpapi_Socks5Config_t *blpapi_Socks5Config_create(
    const char *hostname, size_t hostname_size, unsigned short port);
BLPAPI_EXPORT void blpapi_Socks5Config_destroy(blpapi_Socks5Config_t *socks5Config);
BLPAPI_EXPORT int blpapi_ZfpUtil_getOptionsForLeasedLines(
    blpapi_SessionOptions_t *sessionOptions, const blpapi_TlsOptions_t *tlsOptions, int remote);

/* TLS */
BLPAPI_EXPORT blpapi_TlsOptions_t *blpapi_TlsOptions_create(void);
BLPAPI_EXPORT blpapi_TlsOptions_t *blpapi_TlsOptions_createFromFiles(
    const char *clientCredentialsFileName, const char *clientCredentialsPassword,
    const char *trustedCertificatesFileName);
BLPAPI_EXPORT blpapi_TlsOptions_t *blpapi_TlsOptions_createFromBlobs(
    const char *clientCredentialsRawData, int clientCredentialsRawDataLength,
    const char *clientCredentialsPassword, const char *trustedCertificatesRawData,
    int trustedCertificatesRawDataLength);
BLPAPI_EXPORT void blpapi_TlsOptions_setTlsHandshakeTimeoutMs(
    blpapi_TlsOptions_t *parameters, int tlsHandshakeTimeoutMs);
BLPAPI_EXPORT void blpapi_TlsOptions_setCrlFetchTimeoutMs(
    blpapi_TlsOptions_t *parameters, int crlFetchTimeoutMs);
BLPAPI_EXPORT blpapi_TlsOptions_t *blpapi_TlsOptions_duplicate(const blpapi_TlsOptions_t *parameters);
BLPAPI_EXPORT void blpapi_TlsOptions_destroy(blpapi_TlsOptions_t *parameters);

/* Authentication options (newer SDKs) */
BLPAPI_EXPORT int blpapi_AuthUser_createWithLogonName(blpapi_AuthUser_t **user);
BLPAPI_EXPORT int blpapi_AuthUser_createWithActiveDirectoryProperty(
    blpapi_AuthUser_t **user, const char *propertyName);
BLPAPI_EXPORT int blpapi_AuthUser_createWithManualOptions(
    blpapi_AuthUser_t **user, const char *userId, const char *ipAddress);
BLPAPI_EXPORT void blpapi_AuthUser_destroy(blpapi_AuthUser_t *user);
BLPAPI_EXPORT int blpapi_AuthApplication_create(blpapi_AuthApplication_t **app, const char *appName);
BLPAPI_EXPORT void blpapi_AuthApplication_destroy(blpapi_AuthApplication_t *app);
BLPAPI_EXPORT int blpapi_AuthToken_create(blpapi_AuthToken_t **token, const char *tokenStr);
BLPAPI_EXPORT void blpapi_AuthToken_destroy(blpapi_AuthToken_t *token);
BLPAPI_EXPORT int blpapi_AuthOptions_create_default(blpapi_AuthOptions_t **options);
BLPAPI_EXPORT int blpapi_AuthOptions_create_forUserMode(
    blpapi_AuthOptions_t **options, const blpapi_AuthUser_t *user);
BLPAPI_EXPORT int blpapi_AuthOptions_create_forAppMode(
    blpapi_AuthOptions_t **options, const blpapi_AuthApplication_t *app);
BLPAPI_EXPORT int blpapi_AuthOptions_create_forUserAndAppMode(
    blpapi_AuthOptions_t **options, const blpapi_AuthUser_t *user, const blpapi_AuthApplication_t *app);
BLPAPI_EXPORT int blpapi_AuthOptions_create_forToken(
    blpapi_AuthOptions_t **options, const blpapi_AuthToken_t *token);
BLPAPI_EXPORT void blpapi_AuthOptions_destroy(blpapi_AuthOptions_t *options);

/* Session */
BLPAPI_EXPORT int blpapi_Session_subscribeEx(
    blpapi_Session_t *session, const blpapi_SubscriptionList_t *subscriptionList,
    const blpapi_Identity_t *handle, const char *requestLabel, int requestLabelLen,
    blpapi_SubscriptionPreprocessErrorHandler_t errorHandler, void *userData);
BLPAPI_EXPORT int blpapi_Session_resubscribeEx(
    blpapi_Session_t *session, const blpapi_SubscriptionList_t *resubscriptionList,
    const char *requestLabel, int requestLabelLen, blpapi_SubscriptionPreprocessErrorHandler_t errorHandler,
    void *userData);
BLPAPI_EXPORT int blpapi_Session_resubscribeWithIdEx(
    blpapi_Session_t *session, const blpapi_SubscriptionList_t *resubscriptionList, int resubscriptionId,
    const char *requestLabel, int requestLabelLen, blpapi_SubscriptionPreprocessErrorHandler_t errorHandler,
    void *userData);
BLPAPI_EXPORT int blpapi_Session_createSnapshotRequestTemplate(
    blpapi_RequestTemplate_t **requestTemplate, blpapi_Session_t *session, const char *subscriptionString,
    const blpapi_Identity_t *identity, blpapi_CorrelationId_t *correlationId);
BLPAPI_EXPORT int blpapi_Session_sendRequestTemplate(
    blpapi_Session_t *session, const blpapi_RequestTemplate_t *requestTemplate,
    blpapi_CorrelationId_t *correlationId);
BLPAPI_EXPORT int blpapi_RequestTemplate_release(const blpapi_RequestTemplate_t *requestTemplate);

/* AbstractSession (same object through Session_getAbstractSession) */
BLPAPI_EXPORT int blpapi_AbstractSession_generateManualToken(
    blpapi_AbstractSession_t *session, blpapi_CorrelationId_t *correlationId, const char *user,
    const char *manualIp, blpapi_EventQueue_t *eventQueue);
BLPAPI_EXPORT int blpapi_AbstractSession_generateAuthorizedIdentityAsync(
    blpapi_AbstractSession_t *session, const blpapi_AuthOptions_t *authOptions,
    blpapi_CorrelationId_t *cid);
BLPAPI_EXPORT int blpapi_AbstractSession_getAuthorizedIdentity(
    blpapi_AbstractSession_t *session, const blpapi_CorrelationId_t *cid, blpapi_Identity_t **identity);
BLPAPI_EXPORT int blpapi_AbstractSession_sessionName(
    blpapi_AbstractSession_t *session, const char **sessionName, size_t *size);

/* Service, request */
BLPAPI_EXPORT int blpapi_Request_getRequestId(const blpapi_Request_t *request, const char **requestId);

/* Events, queues, messages */
BLPAPI_EXPORT int blpapi_Message_recapType(const blpapi_Message_t *message);
BLPAPI_EXPORT int blpapi_Message_getRequestId(const blpapi_Message_t *message, const char **requestId);
BLPAPI_EXPORT int blpapi_Message_print(
    const blpapi_Message_t *message, blpapi_StreamWriter_t streamWriter, void *stream, int indentLevel,
    int spacesPerLevel);

/* Element: read */
BLPAPI_EXPORT int blpapi_Element_getValueAsBytes(
    const blpapi_Element_t *element, const char **buffer, size_t *length, size_t index);
/* Session options: what is set */
BLPAPI_EXPORT int blpapi_SessionOptions_serviceCheckTimeout(blpapi_SessionOptions_t *parameters);
BLPAPI_EXPORT int blpapi_SessionOptions_serviceDownloadTimeout(blpapi_SessionOptions_t *parameters);
BLPAPI_EXPORT int blpapi_SessionOptions_bandwidthSaveModeDisabled(blpapi_SessionOptions_t *parameters);
BLPAPI_EXPORT int blpapi_SessionOptions_flushPublishedEventsTimeout(blpapi_SessionOptions_t *parameters);
BLPAPI_EXPORT int blpapi_SessionOptions_setFlushPublishedEventsTimeout(
    blpapi_SessionOptions_t *parameters, int timeoutMsecs);
BLPAPI_EXPORT int blpapi_SessionOptions_applicationIdentityKey(
    const char **applicationIdentityKey, size_t *size, blpapi_SessionOptions_t *parameters);
BLPAPI_EXPORT int blpapi_SessionOptions_sessionName(
    const char **sessionName, size_t *size, blpapi_SessionOptions_t *parameters);

/* Element: bytes */
BLPAPI_EXPORT int blpapi_Element_setElementBytes(
    blpapi_Element_t *element, const char *nameString, const blpapi_Name_t *name, const char *value,
    size_t length);
BLPAPI_EXPORT int blpapi_Element_setValueBytes(
    blpapi_Element_t *element, const char *value, size_t length, size_t index);

#endif
#endif
