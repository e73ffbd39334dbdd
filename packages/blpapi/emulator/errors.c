/*
 * Error codes and their texts. As in the genuine library the text belongs to the calling thread and to the
 * code it returned last; asked for another code there is only the generic name.
 */
#include "emulator.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static _Thread_local int lastCode;
static _Thread_local char lastText[256];

int fail(int code, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(lastText, sizeof lastText, format, arguments);
  va_end(arguments);
  lastCode = code;
  return code;
}

static const struct {
  int code;
  const char *name;
} errorNames[] = {
    {0, "BLPAPI_SUCCESS"},
    {ERROR_UNKNOWN, "BLPAPI_ERROR_UNKNOWN"},
    {ERROR_ILLEGAL_ARG, "BLPAPI_ERROR_ILLEGAL_ARG"},
    {ERROR_ILLEGAL_ACCESS, "BLPAPI_ERROR_ILLEGAL_ACCESS"},
    {ERROR_INVALID_SESSION, "BLPAPI_ERROR_INVALID_SESSION"},
    {ERROR_DUPLICATE_CORRELATIONID, "BLPAPI_ERROR_DUPLICATE_CORRELATIONID"},
    {ERROR_INTERNAL, "BLPAPI_ERROR_INTERNAL_ERROR"},
    {ERROR_RESOLVE_FAILED, "BLPAPI_ERROR_RESOLVE_FAILED"},
    {ERROR_CONNECT_FAILED, "BLPAPI_ERROR_CONNECT_FAILED"},
    {ERROR_ILLEGAL_STATE, "BLPAPI_ERROR_ILLEGAL_STATE"},
    {ERROR_CODEC_FAILURE, "BLPAPI_ERROR_CODEC_FAILURE"},
    {ERROR_INDEX_OUT_OF_RANGE, "BLPAPI_ERROR_INDEX_OUT_OF_RANGE"},
    {ERROR_INVALID_CONVERSION, "BLPAPI_ERROR_INVALID_CONVERSION"},
    {ERROR_ITEM_NOT_FOUND, "BLPAPI_ERROR_ITEM_NOT_FOUND"},
    {ERROR_IO, "BLPAPI_ERROR_IO_ERROR"},
    {ERROR_CORRELATION_NOT_FOUND, "BLPAPI_ERROR_CORRELATION_NOT_FOUND"},
    {ERROR_SERVICE_NOT_FOUND, "BLPAPI_ERROR_SERVICE_NOT_FOUND"},
    {ERROR_LOGON_LOOKUP_FAILED, "BLPAPI_ERROR_LOGON_LOOKUP_FAILED"},
    {ERROR_DS_LOOKUP_FAILED, "BLPAPI_ERROR_DS_LOOKUP_FAILED"},
    {ERROR_UNSUPPORTED_OPERATION, "BLPAPI_ERROR_UNSUPPORTED_OPERATION"},
    {ERROR_DS_PROPERTY_NOT_FOUND, "BLPAPI_ERROR_DS_PROPERTY_NOT_FOUND"},
};

const char *blpapi_getLastErrorDescription(int resultCode) {
  if (resultCode != 0 && resultCode == lastCode) return lastText;
  for (size_t index = 0; index < sizeof errorNames / sizeof *errorNames; index++)
    if (errorNames[index].code == resultCode) return errorNames[index].name;
  return "BLPAPI_ERROR_UNKNOWN";
}

int blpapi_getErrorInfo(blpapi_ErrorInfo_t *buffer, int errorCode) {
  if (buffer == NULL) return fail(ERROR_ILLEGAL_ARG, "Null error information");
  buffer->exceptionClass = errorCode & 0xff0000;
  snprintf(buffer->description, sizeof buffer->description, "%s", blpapi_getLastErrorDescription(errorCode));
  return 0;
}

void blpapi_getVersionInfo(int *major, int *minor, int *patch, int *build) {
  if (major != NULL) *major = 3;
  if (minor != NULL) *minor = BLPAPI_EMULATED_VERSION % 100;
  if (patch != NULL) *patch = EMULATES_NEWER ? 7 : 18;
  if (build != NULL) *build = 1;
}

const char *blpapi_getVersionIdentifier(void) {
  return EMULATES_NEWER ? "tidegate-emulator-3.25.7.1" : "tidegate-emulator-3.8.18.1";
}

int blpapi_DiagnosticsUtil_memoryInfo(char *buffer, size_t bufferLength) {
  return snprintf(buffer, bufferLength, "emulator: sessions %ld, events %ld, requests %ld, identities %ld",
                  tidegate_emulator_alive(ALIVE_SESSIONS), tidegate_emulator_alive(ALIVE_EVENTS),
                  tidegate_emulator_alive(ALIVE_REQUESTS), tidegate_emulator_alive(ALIVE_IDENTITIES));
}

#if EMULATES_NEWER
int blpapi_UserAgentInfo_setUserTaskName(const char *userTaskName) {
  return userTaskName == NULL ? fail(ERROR_ILLEGAL_ARG, "Null task name") : 0;
}

int blpapi_UserAgentInfo_setNativeSdkLanguageAndVersion(const char *language, const char *version) {
  return language == NULL || version == NULL ? fail(ERROR_ILLEGAL_ARG, "Null language or version") : 0;
}
#endif
