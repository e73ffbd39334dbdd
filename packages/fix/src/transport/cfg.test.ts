import { describe, expect, it } from 'vitest';
import { readCfg, type Cfg, type CfgNote } from './cfg.ts';

function read(text: string): Cfg {
  const result = readCfg(text);
  if (!result.ok) throw new Error(JSON.stringify(result.faults));
  return result.cfg;
}

function faults(text: string): readonly CfgNote[] {
  const result = readCfg(text);
  return result.ok ? [] : result.faults;
}

const ACCEPTOR = `# comment
[DEFAULT]
ConnectionType=acceptor
SocketAcceptPort=5001
SenderCompID=US
FileStorePath=store

[SESSION]
BeginString=FIX.4.2
TargetCompID=THEM
`;

const INITIATOR = `[SESSION]
ConnectionType=initiator
BeginString=FIXT.1.1
DefaultApplVerID=FIX.5.0SP2
SenderCompID=US
TargetCompID=THEM
SocketConnectHost=one
SocketConnectPort=5001
`;

describe('a settings file', () => {
  it('gives sessions, with what [DEFAULT] says for all of them', () => {
    const { sessions, warnings } = read(
      `${ACCEPTOR}[session]\r\nbeginstring=FIX.4.4\r\nTARGETCOMPID=OTHER\r\n`,
    );
    expect(warnings).toEqual([]);
    expect(sessions.map(({ role, settings }) => [role, settings])).toEqual([
      ['acceptor', { beginString: 'FIX.4.2', senderCompId: 'US', targetCompId: 'THEM' }],
      ['acceptor', { beginString: 'FIX.4.4', senderCompId: 'US', targetCompId: 'OTHER' }],
    ]);
    expect(sessions[0]).toMatchObject({
      listen: { host: '0.0.0.0', port: 5001 },
      storePath: 'store',
      line: 8,
    });
  });

  it('lets a session override what it inherits', () => {
    const [session] = read(
      `${ACCEPTOR}SenderCompID=WE\nSocketAcceptHost=127.0.0.1\nFileStoreSync=Y`,
    ).sessions;
    expect(session).toMatchObject({
      settings: { senderCompId: 'WE' },
      listen: { host: '127.0.0.1', port: 5001 },
      storeSync: true,
    });
  });

  it('gives an initiator its hosts in turn', () => {
    const [session] = read(
      `${INITIATOR}SocketConnectPort2=5003\nSocketConnectHost2=three\nSocketConnectHost1=two\n` +
        'SocketConnectPort1=5002\nReconnectInterval=5',
    ).sessions;
    expect(session).toMatchObject({
      role: 'initiator',
      reconnectMs: 5000,
      settings: { defaultVersion: 'FIX.5.0SP2' },
      hosts: [
        { host: 'one', port: 5001 },
        { host: 'two', port: 5002 },
        { host: 'three', port: 5003 },
      ],
    });
  });

  it.each([
    ['HeartBtInt=20', { heartBtInt: 20 }],
    ['CheckLatency=N', { checkLatency: false }],
    ['MaxLatency=30', { maxLatencyMs: 30_000 }],
    ['CheckCompID=n', { checkCompId: false }],
    ['ResetOnLogon=Y', { resetOnLogon: true }],
    ['ResetOnLogout=Y', { resetOnLogout: true }],
    ['ResetOnDisconnect=Y', { resetOnDisconnect: true }],
    ['RefreshOnLogon=Y', { refreshOnLogon: true }],
    ['LogonTimeout=7', { logonTimeoutMs: 7000 }],
    ['LogoutTimeout=3', { logoutTimeoutMs: 3000 }],
    ['PersistMessages=N', { persistMessages: false }],
    ['SendRedundantResendRequests=Y', { sendRedundantResendRequests: true }],
    ['ResendRequestChunkSize=100', { resendRequestChunkSize: 100 }],
    ['TimestampPrecision=6', { timestampPrecision: 6 }],
    ['TimeStampPrecision=NANOS', { timestampPrecision: 9 }],
    ['MillisecondsInTimeStamp=N', { timestampPrecision: 0 }],
    ['EnableNextExpectedMsgSeqNum=Y', { enableNextExpectedMsgSeqNum: true }],
    ['EnableLastMsgSeqNumProcessed=Y', { enableLastMsgSeqNumProcessed: true }],
    ['SessionQualifier=orders', { sessionQualifier: 'orders' }],
    ['ValidateFieldsOutOfOrder=N', { validation: { validateFieldsOutOfOrder: false } }],
    ['ValidateFieldsHaveValues=N', { validation: { validateFieldsHaveValues: false } }],
    ['ValidateUserDefinedFields=N', { validation: { validateUserDefinedFields: false } }],
    ['ValidateUnknownFields=N', { validation: { allowUnknownMsgFields: true } }],
    ['AllowUnknownMsgFields=Y', { validation: { allowUnknownMsgFields: true } }],
    ['UseDataDictionary=N', { validation: { useDataDictionary: false } }],
    [
      'StartTime=08:00:00\nEndTime=17:00:00\nTimeZone=America/New_York',
      { schedule: { startTime: '08:00:00', endTime: '17:00:00', timeZone: 'America/New_York' } },
    ],
    [
      'StartDay=Sunday\nEndDay=fr\nStartTime=17:00:00 Europe/London\nEndTime=16:30:00',
      {
        schedule: {
          startTime: '17:00:00',
          endTime: '16:30:00',
          startDay: 0,
          endDay: 5,
          timeZone: 'Europe/London',
        },
      },
    ],
    ['StartTime=08:00:00\nEndTime=17:00:00\nNonStopSession=Y', {}],
  ])('understands %s', (lines, expected) => {
    const { sessions, warnings } = read(`${ACCEPTOR}${lines}`);
    const identity = { beginString: 'FIX.4.2', senderCompId: 'US', targetCompId: 'THEM' };
    expect(sessions[0]?.settings).toEqual({ ...identity, ...expected });
    expect(warnings).toEqual([]);
  });

  it('takes the local time zone from who reads it', () => {
    const text = `${ACCEPTOR}StartTime=08:00:00\nEndTime=17:00:00\nUseLocalTime=Y`;
    const result = readCfg(text, { localTimeZone: 'Asia/Tokyo' });
    expect(result.ok && result.cfg.sessions[0]?.settings.schedule?.timeZone).toBe('Asia/Tokyo');
  });

  it('names dictionaries, certificates and log', () => {
    const [session] = read(
      `${INITIATOR}TransportDataDictionary=T.xml\nAppDataDictionary=A.xml\n` +
        'AppDataDictionary.FIX.4.4=B.xml\n' +
        'FileLogPath=log\nSocketUseSSL=Y\nSocketCAFile=ca.pem\nSocketServerName=fix.example\n' +
        'SocketMinimumTLSVersion=TLS13',
    ).sessions;
    expect(session).toMatchObject({
      dictionary: {
        transportPath: 'T.xml',
        applicationPath: 'A.xml',
        applicationPaths: new Map([['FIX.4.4', 'B.xml']]),
      },
      logPath: 'log',
      tls: { authoritiesPath: 'ca.pem', serverName: 'fix.example', minVersion: 'TLSv1.3' },
    });
  });

  it('tells what it does not understand, and goes on', () => {
    const { warnings } = read(`${ACCEPTOR}ScreenLogShowEvents=Y\nMyOwn=1\nSocketReuseAddress=Y`);
    expect(warnings.map(({ line, code }) => [line, code])).toEqual([
      [11, 'unsupported-setting'],
      [12, 'unknown-setting'],
    ]);
  });

  it.each([
    ['TargetCompID=*', 'unsupported-setting', 'is taken as a name'],
    ['StartTime=17:00:00\nEndTime=17:00:00', 'other-turnover', 'at 00:00 UTC'],
    [
      'StartDay=Sun\nEndDay=Sun\nStartTime=17:00:00\nEndTime=17:00:00',
      'other-turnover',
      'on Sunday at 00:00 UTC',
    ],
  ])('warns of %j', (lines, code, text) => {
    const { warnings } = read(ACCEPTOR + lines);
    const line = (ACCEPTOR + lines).split('\n').length;
    expect(warnings).toMatchObject([{ line, code, text: expect.stringContaining(text) }]);
  });

  it('does not warn of a day with a pause', () => {
    expect(read(`${ACCEPTOR}StartTime=17:00:00\nEndTime=16:55:00`).warnings).toEqual([]);
  });

  it.each([
    ['StartTime=23:30:00 UTC\nEndTime=17:30:00 America/New_York', 12, 'wrong-value'],
    ['EndTime=17:30:00 America/New_York\nStartTime=23:30:00 UTC', 12, 'wrong-value'],
    ['TimeZone=America/New_York\nStartTime=23:30:00 UTC\nEndTime=17:30:00', 13, 'wrong-value'],
    ['EndTime=17:30:00\nStartTime=23:30:00 UTC\nTimeZone=America/New_York', 12, 'wrong-value'],
    ['HeartBtInt=abc', 11, 'wrong-value'],
    ['ResetOnLogon=maybe', 11, 'wrong-value'],
    ['StartTime=8', 11, 'wrong-value'],
    ['StartTime=08:00:00', 8, 'missing-setting'],
    ['StartTime=08:00:00\nEndTime=17:00:00\nTimeZone=Mars/Olympus', 8, 'wrong-value'],
    ['StartDay=someday', 11, 'wrong-value'],
    ['TimestampPrecision=4', 11, 'wrong-value'],
    ['BeginString=FIX.9.9', 11, 'wrong-value'],
    ['SocketAcceptPort=99999', 11, 'wrong-value'],
    ['no equals sign', 11, 'not-a-setting'],
    ['[OTHER]', 11, 'unknown-section'],
    ['[SESSION]\nBeginString=FIX.4.2\nTargetCompID=THEM', 11, 'duplicate-session'],
    ['[SESSION]\nBeginString=FIX.4.2', 11, 'missing-setting'],
  ])('refuses %s', (lines, line, code) => {
    expect(faults(ACCEPTOR + lines)).toMatchObject([{ line, code }]);
  });

  it('refuses a file without a session, and settings before the first section', () => {
    expect(faults('[DEFAULT]\n')).toMatchObject([{ code: 'missing-setting' }]);
    expect(faults(`A=B\n${ACCEPTOR}`)).toMatchObject([{ line: 1, code: 'setting-outside-section' }]);
  });

  it('refuses an initiator without a place to go or a version to speak', () => {
    expect(faults(INITIATOR.replace('SocketConnectPort=5001', ''))).toMatchObject([{ line: 1 }, { line: 1 }]);
    expect(faults(INITIATOR.replace(/DefaultApplVerID=.*/, ''))).toMatchObject([
      { line: 1, code: 'missing-setting', text: 'DefaultApplVerID is needed' },
    ]);
  });

  it('does not repeat a password', () => {
    expect(faults(`${ACCEPTOR}Password=`)).toMatchObject([{ text: expect.not.stringContaining('secret') }]);
    expect(read(`${ACCEPTOR}Username=bob\nPassword=a b=c`).sessions[0]).toMatchObject({
      username: 'bob',
      password: 'a b=c',
    });
  });
});
