/*
 * Session options, TLS and authentication options that versions after 3.8 added. TLS material is taken and
 * checked for presence only: the emulator opens no connection.
 */
#include "options.h"

#if EMULATES_NEWER

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void keep(char *place, size_t size, const char *text) {
  snprintf(place, size, "%s", text == NULL ? "" : text);
}
#define KEEP(place, text) keep(place, sizeof(place), text)

struct blpapi_Socks5Config {
  char host[256];
  unsigned short port;
};

struct blpapi_TlsOptions {
  int handshakeTimeout; /* ms */
  int crlTimeout;       /* ms */
};

blpapi_Socks5Config_t *blpapi_Socks5Config_create(const char *hostname, size_t hostname_size,
                                                  unsigned short port) {
  if (hostname == NULL || hostname_size >= 256) return NULL;
  blpapi_Socks5Config_t *config = zeroed(sizeof *config);
  memcpy(config->host, hostname, hostname_size);
  config->port = port;
  return config;
}

void blpapi_Socks5Config_destroy(blpapi_Socks5Config_t *socks5Config) { free(socks5Config); }

int blpapi_SessionOptions_setServerAddressWithProxy(blpapi_SessionOptions_t *parameters,
                                                    const char *serverHost, unsigned short serverPort,
                                                    const blpapi_Socks5Config_t *socks5Config,
                                                    size_t index) {
  if (socks5Config == NULL) return fail(ERROR_ILLEGAL_ARG, "Null proxy configuration");
  return blpapi_SessionOptions_setServerAddress(parameters, serverHost, serverPort, index);
}

int blpapi_SessionOptions_setSessionIdentityOptions(blpapi_SessionOptions_t *parameters,
                                                    const blpapi_AuthOptions_t *authOptions,
                                                    blpapi_CorrelationId_t *cid) {
  if (authOptions == NULL || cid == NULL) return fail(ERROR_ILLEGAL_ARG, "Null authentication options");
  cid_settle(cid);
  parameters->hasIdentity = authOptions->mode != AUTH_NONE;
  parameters->identityOptions = *authOptions;
  parameters->identityCid = *cid;
  return 0;
}

void blpapi_SessionOptions_setTlsOptions(blpapi_SessionOptions_t *parameters,
                                         const blpapi_TlsOptions_t *tlsOptions) {
  parameters->hasTls = tlsOptions != NULL;
}

static int set_positive(int *place, int value) {
  if (value <= 0) return fail(ERROR_ILLEGAL_ARG, "Value must be positive");
  *place = value;
  return 0;
}

int blpapi_SessionOptions_setServiceCheckTimeout(blpapi_SessionOptions_t *parameters, int timeoutMsecs) {
  return set_positive(&parameters->serviceCheckTimeout, timeoutMsecs);
}

int blpapi_SessionOptions_setServiceDownloadTimeout(blpapi_SessionOptions_t *parameters, int timeoutMsecs) {
  return set_positive(&parameters->serviceDownloadTimeout, timeoutMsecs);
}

int blpapi_SessionOptions_setFlushPublishedEventsTimeout(blpapi_SessionOptions_t *parameters,
                                                         int timeoutMsecs) {
  return set_positive(&parameters->flushPublishedEventsTimeout, timeoutMsecs);
}

int blpapi_SessionOptions_setBandwidthSaveModeDisabled(blpapi_SessionOptions_t *parameters, int disabled) {
  parameters->bandwidthSaveModeDisabled = disabled != 0;
  return 0;
}

static int keep_sized(char *place, size_t room, const char *text, size_t size) {
  if (text == NULL || size >= room) return fail(ERROR_ILLEGAL_ARG, "Text is missing or too long");
  memcpy(place, text, size);
  place[size] = '\0';
  return 0;
}

int blpapi_SessionOptions_setApplicationIdentityKey(blpapi_SessionOptions_t *parameters, const char *key,
                                                    size_t size) {
  return keep_sized(parameters->applicationIdentityKey, sizeof parameters->applicationIdentityKey, key, size);
}

int blpapi_SessionOptions_setSessionName(blpapi_SessionOptions_t *parameters, const char *sessionName,
                                         size_t size) {
  return keep_sized(parameters->sessionName, sizeof parameters->sessionName, sessionName, size);
}

int blpapi_SessionOptions_applicationIdentityKey(const char **key, size_t *size,
                                                 blpapi_SessionOptions_t *parameters) {
  *key = parameters->applicationIdentityKey;
  *size = strlen(*key);
  return 0;
}

int blpapi_SessionOptions_sessionName(const char **sessionName, size_t *size,
                                      blpapi_SessionOptions_t *parameters) {
  *sessionName = parameters->sessionName;
  *size = strlen(*sessionName);
  return 0;
}

int blpapi_SessionOptions_serviceCheckTimeout(blpapi_SessionOptions_t *parameters) {
  return parameters->serviceCheckTimeout;
}

int blpapi_SessionOptions_serviceDownloadTimeout(blpapi_SessionOptions_t *parameters) {
  return parameters->serviceDownloadTimeout;
}

int blpapi_SessionOptions_bandwidthSaveModeDisabled(blpapi_SessionOptions_t *parameters) {
  return parameters->bandwidthSaveModeDisabled;
}

int blpapi_SessionOptions_flushPublishedEventsTimeout(blpapi_SessionOptions_t *parameters) {
  return parameters->flushPublishedEventsTimeout;
}

int blpapi_SessionOptions_print(blpapi_SessionOptions_t *parameters, blpapi_StreamWriter_t streamWriter,
                                void *stream, int indentLevel, int spacesPerLevel) {
  char text[1024];
  (void)indentLevel;
  (void)spacesPerLevel;
  int length = snprintf(text, sizeof text, "[ serverHost = \"%s\" serverPort = %u connectTimeout = %u ]\n",
                        parameters->addresses[0].host, parameters->addresses[0].port,
                        parameters->connectTimeout);
  streamWriter(text, length, stream);
  return 0;
}

int blpapi_ZfpUtil_getOptionsForLeasedLines(blpapi_SessionOptions_t *sessionOptions,
                                            const blpapi_TlsOptions_t *tlsOptions, int remote) {
  (void)remote;
  blpapi_SessionOptions_setTlsOptions(sessionOptions, tlsOptions);
  return tlsOptions == NULL ? fail(ERROR_ILLEGAL_ARG, "Null TLS options") : 0;
}

blpapi_TlsOptions_t *blpapi_TlsOptions_create(void) {
  blpapi_TlsOptions_t *options = zeroed(sizeof *options);
  options->handshakeTimeout = 10000;
  options->crlTimeout = 20000;
  return options;
}

blpapi_TlsOptions_t *blpapi_TlsOptions_createFromFiles(const char *credentials, const char *password,
                                                       const char *trusted) {
  if (credentials == NULL || password == NULL || trusted == NULL || access(credentials, R_OK) != 0 ||
      access(trusted, R_OK) != 0) {
    fail(ERROR_ILLEGAL_ARG, "TLS credentials cannot be read");
    return NULL;
  }
  return blpapi_TlsOptions_create();
}

blpapi_TlsOptions_t *blpapi_TlsOptions_createFromBlobs(const char *credentials, int credentialsLength,
                                                       const char *password, const char *trusted,
                                                       int trustedLength) {
  if (credentials == NULL || password == NULL || trusted == NULL || credentialsLength <= 0 ||
      trustedLength <= 0) {
    fail(ERROR_ILLEGAL_ARG, "TLS credentials are empty");
    return NULL;
  }
  return blpapi_TlsOptions_create();
}

void blpapi_TlsOptions_setTlsHandshakeTimeoutMs(blpapi_TlsOptions_t *parameters, int timeoutMs) {
  parameters->handshakeTimeout = timeoutMs;
}

void blpapi_TlsOptions_setCrlFetchTimeoutMs(blpapi_TlsOptions_t *parameters, int timeoutMs) {
  parameters->crlTimeout = timeoutMs;
}

blpapi_TlsOptions_t *blpapi_TlsOptions_duplicate(const blpapi_TlsOptions_t *parameters) {
  blpapi_TlsOptions_t *copy = zeroed(sizeof *copy);
  *copy = *parameters;
  return copy;
}

void blpapi_TlsOptions_destroy(blpapi_TlsOptions_t *parameters) { free(parameters); }

/* Users, applications and tokens are all one text that the authentication options take over. */
struct blpapi_AuthUser {
  char text[512];
};
struct blpapi_AuthApplication {
  char text[512];
};
struct blpapi_AuthToken {
  char text[512];
};

int blpapi_AuthUser_createWithLogonName(blpapi_AuthUser_t **user) {
  *user = zeroed(sizeof **user);
  KEEP((*user)->text, "OS_LOGON");
  return 0;
}

int blpapi_AuthUser_createWithActiveDirectoryProperty(blpapi_AuthUser_t **user, const char *propertyName) {
  if (propertyName == NULL) return fail(ERROR_ILLEGAL_ARG, "Null property name");
  *user = zeroed(sizeof **user);
  KEEP((*user)->text, propertyName);
  return 0;
}

int blpapi_AuthUser_createWithManualOptions(blpapi_AuthUser_t **user, const char *userId,
                                            const char *ipAddress) {
  if (userId == NULL || ipAddress == NULL) return fail(ERROR_ILLEGAL_ARG, "Null user or address");
  *user = zeroed(sizeof **user);
  KEEP((*user)->text, userId);
  return 0;
}

void blpapi_AuthUser_destroy(blpapi_AuthUser_t *user) { free(user); }

int blpapi_AuthApplication_create(blpapi_AuthApplication_t **app, const char *appName) {
  if (appName == NULL) return fail(ERROR_ILLEGAL_ARG, "Null application name");
  *app = zeroed(sizeof **app);
  KEEP((*app)->text, appName);
  return 0;
}

void blpapi_AuthApplication_destroy(blpapi_AuthApplication_t *app) { free(app); }

int blpapi_AuthToken_create(blpapi_AuthToken_t **token, const char *tokenStr) {
  if (tokenStr == NULL) return fail(ERROR_ILLEGAL_ARG, "Null token");
  *token = zeroed(sizeof **token);
  KEEP((*token)->text, tokenStr);
  return 0;
}

void blpapi_AuthToken_destroy(blpapi_AuthToken_t *token) { free(token); }

static blpapi_AuthOptions_t *auth_new(AuthMode mode, const char *user, const char *application,
                                      const char *token) {
  blpapi_AuthOptions_t *options = zeroed(sizeof *options);
  options->mode = mode;
  KEEP(options->user, user);
  KEEP(options->application, application);
  KEEP(options->token, token);
  return options;
}

int blpapi_AuthOptions_create_default(blpapi_AuthOptions_t **options) {
  *options = auth_new(AUTH_NONE, NULL, NULL, NULL);
  return 0;
}

int blpapi_AuthOptions_create_forUserMode(blpapi_AuthOptions_t **options, const blpapi_AuthUser_t *user) {
  if (user == NULL) return fail(ERROR_ILLEGAL_ARG, "Null user");
  *options = auth_new(AUTH_USER, user->text, NULL, NULL);
  return 0;
}

int blpapi_AuthOptions_create_forAppMode(blpapi_AuthOptions_t **options,
                                         const blpapi_AuthApplication_t *app) {
  if (app == NULL) return fail(ERROR_ILLEGAL_ARG, "Null application");
  *options = auth_new(AUTH_APPLICATION, NULL, app->text, NULL);
  return 0;
}

int blpapi_AuthOptions_create_forUserAndAppMode(blpapi_AuthOptions_t **options, const blpapi_AuthUser_t *user,
                                                const blpapi_AuthApplication_t *app) {
  if (user == NULL || app == NULL) return fail(ERROR_ILLEGAL_ARG, "Null user or application");
  *options = auth_new(AUTH_USER_AND_APPLICATION, user->text, app->text, NULL);
  return 0;
}

int blpapi_AuthOptions_create_forToken(blpapi_AuthOptions_t **options, const blpapi_AuthToken_t *token) {
  if (token == NULL) return fail(ERROR_ILLEGAL_ARG, "Null token");
  *options = auth_new(AUTH_TOKEN, NULL, NULL, token->text);
  return 0;
}

void blpapi_AuthOptions_destroy(blpapi_AuthOptions_t *options) { free(options); }
#endif
