/*
 * The schema of all services and messages, as text that schema.c reads once. One definition a line:
 *   enum NAME constants…        type NAME elements…        message NAME elements… (administrative)
 *   fields NAME elements…       (a type whose elements are market data fields)
 *   service URI                 then `operation REQUEST RESPONSE` and `event NAME`
 * An element is name:type, with ? for optional, * for any number, + for at least one.
 */
#include "schema_text.h"

const char *const schemaText[] = {
    "type Reason source:string category:string errorCode:int32 description:string subcategory?:string",
    "type Endpoint address:string",
    "type Stream id:string endpoint?:Endpoint",
    "type FailureDetail fieldId:string reason:Reason",
    "type Nothing",
    "type DataConnection address:string",
    "type BoundTo dataConnection*:DataConnection",

    "message SessionStarted initialEndpoints*:Endpoint",
    "message SessionStartupFailure reason:Reason",
    "message SessionTerminated reason?:Reason",
    "message SessionConnectionUp server:string serverId?:string encryptionStatus?:string"
    " compressionStatus?:string socks5Proxy?:string",
    "message SessionConnectionDown server:string serverId?:string socks5Proxy?:string description?:string",
    "message SlowConsumerWarning",
    "message SlowConsumerWarningCleared",
    "message DataLoss",
    "message ServiceOpened serviceName:string",
    "message ServiceOpenFailure serviceName?:string reason:Reason",
    "message ServiceUp serviceName:string",
    "message ServiceDown serviceName:string reason?:Reason",
    "message ServiceAvailabilityInfo serviceName:string serverAdded?:Endpoint serverRemoved?:Endpoint"
    " servers*:string",
    "message SubscriptionStarted exceptions*:FailureDetail streamIds*:string receivedFrom?:Endpoint"
    " reason?:string",
    "message SubscriptionFailure reason:Reason failureDetails*:FailureDetail",
    "message SubscriptionStreamsActivated streams*:Stream reason?:string",
    "message SubscriptionStreamsDeactivated streams*:Stream reason?:string",
    "message SubscriptionTerminated reason?:Reason",
    "message RequestFailure reason:Reason",
    "message TokenGenerationSuccess token:string",
    "message TokenGenerationFailure reason:Reason",
    "message AuthorizationSuccess",
    "message AuthorizationFailure reason:Reason",
    "message AuthorizationRevoked reason:Reason",
    "message RequestTemplateAvailable boundTo:BoundTo",
    "message RequestTemplatePending",
    "message RequestTemplateTerminated reason:Reason",

    "enum MktdataEventType SUMMARY TRADE QUOTE MARKETDEPTH",
    "enum MktdataEventSubtype INITPAINT INTRADAY DATALOSS NEWDAY INTERVAL NEW CANCEL CORRECT BID ASK MID"
    " PAIRED",
    "fields MarketDataEvents MKTDATA_EVENT_TYPE?:MktdataEventType"
    " MKTDATA_EVENT_SUBTYPE?:MktdataEventSubtype LAST_PRICE?:float64 BID?:float64 ASK?:float64 MID?:float64"
    " BID_SIZE?:int32 ASK_SIZE?:int32 SIZE_LAST_TRADE?:int32 VOLUME?:int64 OPEN?:float64 HIGH?:float64"
    " LOW?:float64 PREV_CLOSE_VALUE_REALTIME?:float64 NET_CHANGE_ON_DAY_RT?:float64 NUM_TRADES_RT?:int32"
    " VWAP?:float64 TIME?:time TRADE_UPDATE_STAMP_RT?:datetime BID_UPDATE_STAMP_RT?:datetime"
    " ASK_UPDATE_STAMP_RT?:datetime TRADING_DT_REALTIME?:date EID?:int32 IS_DELAYED_STREAM?:bool"
    " RT_PRICING_SOURCE?:string CRNCY?:string EXCH_CODE_LAST?:string",
    "message MarketBarStart TIME?:datetime OPEN?:float64 HIGH?:float64 LOW?:float64 CLOSE?:float64"
    " VOLUME?:int64 NUMBER_OF_TICKS?:int32 VALUE?:float64",
    "message MarketBarUpdate TIME?:datetime OPEN?:float64 HIGH?:float64 LOW?:float64 CLOSE?:float64"
    " VOLUME?:int64 NUMBER_OF_TICKS?:int32 VALUE?:float64",
    "message MarketBarEnd TIME?:datetime OPEN?:float64 HIGH?:float64 LOW?:float64 CLOSE?:float64"
    " VOLUME?:int64 NUMBER_OF_TICKS?:int32 VALUE?:float64",

    "type ErrorInfo source:string code:int64 category:string message:string subcategory?:string",
    "type FieldException fieldId:string errorInfo:ErrorInfo",
    "type Override fieldId:string value:string",
    "type FieldData",
    "enum Periodicity DAILY WEEKLY MONTHLY QUARTERLY SEMI_ANNUALLY YEARLY",
    "enum PeriodicityAdjustment ACTUAL CALENDAR FISCAL",
    "enum FillOption NON_TRADING_WEEKDAYS ALL_CALENDAR_DAYS ACTIVE_DAYS_ONLY",
    "enum FillMethod PREVIOUS_VALUE NIL_VALUE",
    "enum EventType TRADE BID ASK BID_BEST ASK_BEST BEST_BID BEST_ASK MID_PRICE AT_TRADE SETTLE",
    "type ReferenceDataRequest securities+:string fields+:string overrides*:Override returnEids?:bool"
    " returnFormattedValue?:bool returnNullValue?:bool useUTCTime?:bool forcedDelay?:bool",
    "type SecurityData security:string eidData*:int32 securityError?:ErrorInfo"
    " fieldExceptions*:FieldException sequenceNumber:int32 fieldData:FieldData",
    "message ReferenceDataResponse responseError?:ErrorInfo securityData*:SecurityData",
    "type HistoricalDataRequest securities+:string fields+:string startDate:string endDate?:string"
    " periodicityAdjustment?:PeriodicityAdjustment periodicitySelection?:Periodicity currency?:string"
    " overrideOption?:string pricingOption?:string nonTradingDayFillOption?:FillOption"
    " nonTradingDayFillMethod?:FillMethod maxDataPoints?:int32 returnEids?:bool returnRelativeDate?:bool"
    " adjustmentNormal?:bool adjustmentAbnormal?:bool adjustmentSplit?:bool adjustmentFollowDPDF?:bool"
    " calendarCodeOverride?:string overrides*:Override",
    "type HistoricalSecurityData security:string eidData*:int32 securityError?:ErrorInfo"
    " fieldExceptions*:FieldException sequenceNumber:int32 fieldData*:FieldData",
    "message HistoricalDataResponse responseError?:ErrorInfo securityData?:HistoricalSecurityData",
    "type IntradayBarRequest security:string eventType:EventType interval:int32 startDateTime:datetime"
    " endDateTime:datetime gapFillInitialBar?:bool returnEids?:bool maxDataPoints?:int32"
    " adjustmentNormal?:bool adjustmentAbnormal?:bool adjustmentSplit?:bool adjustmentFollowDPDF?:bool",
    "type BarTick time:datetime open:float64 high:float64 low:float64 close:float64 volume:int64"
    " numEvents:int32 value:float64",
    "type BarData eidData*:int32 delayedSecurity?:bool barTickData*:BarTick",
    "message IntradayBarResponse responseError?:ErrorInfo barData?:BarData",
    "type IntradayTickRequest security:string eventTypes+:EventType startDateTime:datetime"
    " endDateTime:datetime includeConditionCodes?:bool includeNonPlottableEvents?:bool"
    " includeExchangeCodes?:bool returnEids?:bool includeBrokerCodes?:bool maxDataPoints?:int32",
    "type Tick time:datetime type:string value:float64 size:int32 conditionCodes?:string"
    " exchangeCode?:string",
    "type TickList eidData*:int32 tickData*:Tick",
    "message IntradayTickResponse responseError?:ErrorInfo tickData?:TickList",

    "enum YellowKey YK_FILTER_NONE YK_FILTER_CMDT YK_FILTER_EQTY YK_FILTER_MUNI YK_FILTER_PRFD"
    " YK_FILTER_CLNT YK_FILTER_MMKT YK_FILTER_GOVT YK_FILTER_CORP YK_FILTER_INDX YK_FILTER_CURR"
    " YK_FILTER_MTGE",
    "type instrumentListRequest query?:string yellowKeyFilter?:YellowKey languageOverride?:string"
    " maxResults?:int32",
    "type curveListRequest query?:string countryCode?:string currencyCode?:string type?:string"
    " subtype?:string curveid?:string bbgid?:string maxResults?:int32",
    "type govtListRequest query?:string ticker?:string partialMatch?:bool maxResults?:int32",
    "type InstrumentResult security:string description:string",
    "message InstrumentListResponse responseError?:ErrorInfo results*:InstrumentResult",
    "message CurveListResponse responseError?:ErrorInfo results*:InstrumentResult",
    "message GovtListResponse responseError?:ErrorInfo results*:InstrumentResult",

    "type FieldInfoRequest id+:string returnFieldDocumentation?:bool properties*:string language?:string",
    "type FieldSearchRequest searchSpec:string returnFieldDocumentation?:bool language?:string"
    " properties*:string",
    "type CategorizedFieldSearchRequest searchSpec:string returnFieldDocumentation?:bool language?:string",
    "type FieldListRequest fieldType?:string returnFieldDocumentation?:bool language?:string",
    "type FieldInfo mnemonic:string description:string datatype:string categoryName*:string property*:string"
    " overrides*:string ftype?:string documentation?:string",
    "type FieldRecord id:string fieldInfo?:FieldInfo fieldError?:ErrorInfo",
    "message fieldResponse responseError?:ErrorInfo fieldData*:FieldRecord",
    "type Category categoryName:string numFields:int32 description:string isLeafNode:bool"
    " fieldData*:FieldRecord",
    "message categorizedFieldResponse responseError?:ErrorInfo category*:Category",

    "type AuthorizationRequest uuid?:int32 ipAddress?:string token?:string emrsId?:string authId?:string"
    " appName?:string userId?:string",
    "type AuthorizationTokenRequest uuid?:int32 label?:string",
    "message AuthorizationResponse",
    "message AuthorizationTokenResponse token:string key?:string",

    "service //blp/mktdata",
    "event MarketDataEvents",
    "service //blp/mktvwap",
    "event MarketDataEvents",
    "service //blp/mktbar",
    "event MarketBarStart",
    "event MarketBarUpdate",
    "event MarketBarEnd",
    "service //blp/refdata",
    "operation ReferenceDataRequest ReferenceDataResponse",
    "operation HistoricalDataRequest HistoricalDataResponse",
    "operation IntradayBarRequest IntradayBarResponse",
    "operation IntradayTickRequest IntradayTickResponse",
    "service //blp/instruments",
    "operation instrumentListRequest InstrumentListResponse",
    "operation curveListRequest CurveListResponse",
    "operation govtListRequest GovtListResponse",
    "service //blp/apiflds",
    "operation FieldInfoRequest fieldResponse",
    "operation FieldSearchRequest fieldResponse",
    "operation CategorizedFieldSearchRequest categorizedFieldResponse",
    "operation FieldListRequest fieldResponse",
    "service //blp/apiauth",
    "operation AuthorizationRequest AuthorizationResponse",
    "operation AuthorizationTokenRequest AuthorizationTokenResponse",
    0,
};
