/** Settings: defaults, precedence, every refusal, secrets that never show. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadSettings, printableSettings, problemText, settingsHelp, settingsMarkdown } from './config.ts';
import type { Environment, Settings, SettingsProblem } from './config.ts';
import { settingRows } from './settings.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-config-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function load(env: Environment, argv: readonly string[] = []): Settings {
  const settings = loadSettings(env, argv);
  if (Array.isArray(settings)) throw new Error(settings.map(problemText).join('\n'));
  return settings;
}

function problems(env: Environment, argv: readonly string[] = []): SettingsProblem[] {
  const settings = loadSettings(env, argv);
  return Array.isArray(settings) ? settings : [];
}

const codes = (env: Environment, argv?: readonly string[]): string[] =>
  problems(env, argv).map(({ code, setting }) => `${code} ${setting}`);

const shared = {
  DATABASE_URL: 'postgresql://desk:Kj3-x8@db/tidegate',
  NATS_URL: 'nats://a:4222, tls://b:4222',
};

describe('settings', () => {
  it('say what Bloomberg’s ways of signing on need, and never serve its prices in the clear', () => {
    const codes = (env: Record<string, string>) => {
      const loaded = loadSettings(env, []);
      return Array.isArray(loaded) ? loaded.map(({ code, setting }) => `${code} ${setting}`) : [];
    };
    expect(codes({ BLOOMBERG_AUTH: 'application' })).toEqual(['SETTING_MISSING BLOOMBERG_APPLICATION']);
    expect(codes({ BLOOMBERG_AUTH: 'token' })).toEqual(['SETTING_MISSING BLOOMBERG_TOKEN_FILE']);
    expect(codes({ BLOOMBERG_TLS_KEY_FILE: 'k' })).toEqual(['SETTING_MISSING BLOOMBERG_TLS_CERT_FILE']);
    expect(codes({ BLOOMBERG_TLS_CRL_FILE: 'c' })).toEqual(['SETTING_CONFLICT BLOOMBERG_TLS_CRL_FILE']);
    expect(codes({ BLOOMBERG_SERVERS: 'nohost' })).toEqual(['SETTING_INVALID BLOOMBERG_SERVERS']);
    const open = { PROFILE: 'production', BLOOMBERG_HOST: '0.0.0.0' };
    expect(codes(open)).toEqual(['SETTING_REFUSED_IN_PRODUCTION BLOOMBERG_HOST']);
    expect(codes({ ...open, BLOOMBERG_TLS_CERT_FILE: 'c', BLOOMBERG_TLS_KEY_FILE: 'k' })).toEqual([]);
    expect(load({ BLOOMBERG_SERVERS: 'a.example:8194, [::1]:8195' })).toMatchObject({
      bloombergServers: [
        { host: 'a.example', port: 8194 },
        { host: '::1', port: 8195 },
      ],
    });
  });

  it('are complete without any', () => {
    expect(load({})).toMatchObject({
      profile: 'demo',
      services: ['gateway', 'pricing', 'oms', 'projector', 'api', 'monitor', 'bloomberg'],
      isWhole: true,
      httpHost: '127.0.0.1',
      httpPort: 8080,
      fixHost: '127.0.0.1',
      fixPortBase: 7002,
      simulator: 'embedded',
      databaseUrl: undefined,
      adminPassword: undefined,
      tokenTtlMinutes: 60,
      priceFlushMs: 20,
      logLevel: 'info',
      trustedProxies: [],
      httpPublic: false,
    });
    expect(load({}).tokenKeyFile).toBe(join(load({}).dataDir, 'token.key'));
  });

  it('take arguments before environment, in both forms; empty counts as absent', () => {
    const settings = load({ HTTP_PORT: '1', FIX_PORT_BASE: '', DATA_DIR: '/srv/a=b' }, [
      '--http-port',
      '0',
      '--fix-host=::1',
    ]);
    expect(settings).toMatchObject({ httpPort: 0, fixHost: '::1', fixPortBase: 7002, dataDir: '/srv/a=b' });
  });

  it('split lists', () => {
    const settings = load({ ...shared, SERVICES: ' oms, projector,oms', TRUSTED_PROXIES: '10.0.0.0/8,::1' });
    expect(settings).toMatchObject({
      services: ['oms', 'projector'],
      trustedProxies: ['10.0.0.0/8', '::1'],
      isWhole: false,
    });
  });

  it('report every problem at once, with the way out', () => {
    const found = problems(
      {
        PROFILE: 'prod',
        HTTP_PORT: '80a',
        PRICE_FLUSH_MS: '0',
        SERVICES: 'oms,omss',
        FIX_PORT_BASE: '65509',
        NATS_URL: 'http://x',
        TIDEGATE_HTTP_PORT: '1',
        TIDEGATE_NONSENSE: '1',
        TRUSTED_PROXIES: '10.0.0.0/40',
      },
      ['--nonsense=1'],
    );
    expect(found.map(({ code, setting }) => `${code} ${setting}`)).toEqual([
      'SETTING_UNKNOWN TIDEGATE_HTTP_PORT',
      'SETTING_UNKNOWN TIDEGATE_NONSENSE',
      'SETTING_UNKNOWN --nonsense',
      'SETTING_INVALID PROFILE',
      'SETTING_INVALID SERVICES',
      'SETTING_INVALID HTTP_PORT',
      'SETTING_INVALID TRUSTED_PROXIES',
      'SETTING_INVALID FIX_PORT_BASE',
      'SETTING_INVALID PRICE_FLUSH_MS',
      'SETTING_INVALID NATS_URL',
    ]);
    expect(found[0]!.fix).toBe('Call it HTTP_PORT.');
    expect(problemText(found[5]!)).toBe(
      'SETTING_INVALID HTTP_PORT: "80a" can\'t be used. It must be a whole number from 0 to 65535.',
    );
  });

  it('tells names that are one letter away, and leaves foreign ones alone', () => {
    for (const name of ['HTTP_PROT', 'HTTP_POR', 'HTTP_PORTS', 'HTTP_PORR'])
      expect(codes({ [name]: '1' })).toEqual([`SETTING_UNKNOWN ${name}`]);
    expect(codes({ HTTP_PROXY: 'x', PATH: 'x', HOME: 'x', LANG: 'x', TERM: 'x', NODE_ENV: 'x' })).toEqual([]);
    const problems = loadSettings({}, ['--http-prot', '1']) as SettingsProblem[];
    expect(problems.map(problemText).join()).toContain('--http-port');
  });

  it('are reported with rules when each is valid by itself', () => {
    expect(
      codes({
        PROFILE: 'production',
        SERVICES: 'api',
        HTTP_HOST: '0.0.0.0',
        SIMULATOR: 'embedded',
        TIDEGATE_ADMIN_PASSWORD: 'short',
        TIDEGATE_PROFILE: 'x',
      }),
    ).toEqual([
      'SETTING_UNKNOWN TIDEGATE_PROFILE',
      'SETTING_MISSING DATABASE_URL',
      'SETTING_MISSING NATS_URL',
      'SETTING_REFUSED_IN_PRODUCTION SIMULATOR',
      'SETTING_REFUSED_IN_PRODUCTION TIDEGATE_ADMIN_PASSWORD',
      'SETTING_REFUSED_IN_PRODUCTION HTTP_HOST',
      'SETTING_MISSING TRUSTED_PROXIES',
      'SETTING_MISSING TOKEN_KEY_FILE',
    ]);
  });
});

describe('secrets', () => {
  it('are read from files without the final line break', () => {
    const path = join(folder, 'password');
    writeFileSync(path, 'correct horse battery \n');
    expect(load({ TIDEGATE_ADMIN_PASSWORD_FILE: path }).adminPassword).toBe('correct horse battery ');
  });

  it('are refused twice, from missing and empty files, and in arguments', () => {
    const empty = join(folder, 'empty');
    writeFileSync(empty, '\n');
    expect(codes({ TIDEGATE_ADMIN_PASSWORD: 'a', TIDEGATE_ADMIN_PASSWORD_FILE: empty })).toEqual([
      'SETTING_TWICE TIDEGATE_ADMIN_PASSWORD',
    ]);
    expect(codes({ DATABASE_URL_FILE: join(folder, 'absent') })).toEqual([
      'SETTING_FILE_UNREADABLE DATABASE_URL_FILE',
    ]);
    expect(codes({ NATS_URL_FILE: empty })).toEqual(['SETTING_FILE_UNREADABLE NATS_URL_FILE']);
    expect(codes({}, ['--tidegate-admin-password', 'hunter2-hunter2'])).toEqual([
      'SETTING_SECRET_IN_ARGUMENTS TIDEGATE_ADMIN_PASSWORD',
    ]);
  });

  it('never show, neither in problems nor in print', () => {
    const secret = 'hunter2-hunter2';
    const env = { DATABASE_URL: `mysql://x:${secret}@db`, NATS_URL: `http://${secret}`, REDIS_URL: secret };
    expect(JSON.stringify(problems(env, [`--password=${secret}`, '--redis-url', secret]))).not.toContain(
      secret,
    );
    const printed = printableSettings(load({ ...shared, TIDEGATE_ADMIN_PASSWORD: secret }));
    expect(JSON.stringify(printed)).not.toMatch(/hunter2|Kj3/);
    expect(printed).toMatchObject({
      TIDEGATE_ADMIN_PASSWORD: '[set]',
      DATABASE_URL: '[set]',
      REDIS_URL: undefined,
      HTTP_PORT: 8080,
    });
  });
});

describe('production', () => {
  const whole = { PROFILE: 'production', TIDEGATE_ADMIN_PASSWORD: 'correct horse battery' };

  it('runs whole on its own, with no simulator and no password of its own making', () => {
    expect(load(whole)).toMatchObject({ simulator: 'none', isWhole: true });
    expect(load({ PROFILE: 'production' }).adminPassword).toBeUndefined();
  });

  it('refuses the credentials of demonstrations', () => {
    expect(codes({ ...whole, TIDEGATE_ADMIN_PASSWORD: 'demo-only' })).toEqual([
      'SETTING_REFUSED_IN_PRODUCTION TIDEGATE_ADMIN_PASSWORD',
    ]);
    expect(
      codes({
        ...whole,
        DATABASE_URL: 'postgresql://postgres:postgres@db/x',
        NATS_URL: 'nats://a:4222,nats://u:%70assword@b:4222',
      }),
    ).toEqual(['SETTING_REFUSED_IN_PRODUCTION DATABASE_URL', 'SETTING_REFUSED_IN_PRODUCTION NATS_URL']);
  });

  it('refuses plain FIX to other hosts unless a tunnel is said to protect it', () => {
    const open = { ...whole, FIX_HOST: '0.0.0.0' };
    const tls = { FIX_TLS_CERT_FILE: '/etc/fix/tls.crt', FIX_TLS_KEY_FILE: '/etc/fix/tls.key' };
    expect(codes(open)).toEqual(['SETTING_REFUSED_IN_PRODUCTION FIX_HOST']);
    expect(load({ ...open, FIX_PLAIN_ALLOWED: 'true' }).fixHost).toBe('0.0.0.0');
    expect(load({ ...open, ...tls }).fixTlsKeyFile).toBe('/etc/fix/tls.key');
    expect(load({ FIX_HOST: '0.0.0.0' }).fixStore).toBe('file');
    expect(codes({ FIX_TLS_CERT_FILE: 'x' })).toEqual(['SETTING_MISSING FIX_TLS_KEY_FILE']);
    expect(codes({ FIX_TLS_KEY_FILE: 'x' })).toEqual(['SETTING_MISSING FIX_TLS_CERT_FILE']);
    expect(codes({ FIX_TLS_CLIENT_CA_FILE: 'x' })).toEqual(['SETTING_CONFLICT FIX_TLS_CLIENT_CA_FILE']);
    expect(codes({ FIX_PROXIES: 'nowhere' })).toEqual(['SETTING_INVALID FIX_PROXIES']);
  });

  it('refuses plain HTTP to other hosts unless a proxy is said to stand in front', () => {
    for (const host of ['0.0.0.0', '::', '10.0.0.1', 'desk.example']) {
      const said = { ...whole, HTTP_HOST: host, TRUSTED_PROXIES: 'none' };
      expect(codes(said)).toEqual(['SETTING_REFUSED_IN_PRODUCTION HTTP_HOST']);
      expect(load({ ...said, HTTP_PUBLIC: 'true' }).httpHost).toBe(host);
    }
    expect(load({ ...whole, HTTP_HOST: '127.0.0.2' }).httpHost).toBe('127.0.0.2');
  });

  it('wants proxies named or denied where others reach it', () => {
    const open = { ...whole, HTTP_HOST: '0.0.0.0', HTTP_PUBLIC: 'true' };
    for (const env of [open, { ...open, TRUSTED_PROXIES: '' }])
      expect(codes(env)).toEqual(['SETTING_MISSING TRUSTED_PROXIES']);
    expect(load({ ...open, TRUSTED_PROXIES: 'none' }).trustedProxies).toEqual([]);
    expect(load({ ...open, TRUSTED_PROXIES: '10.0.0.1,10.1.0.0/16' }).trustedProxies).toHaveLength(2);
    expect(codes({ ...open, TRUSTED_PROXIES: 'none,10.0.0.1' })).toEqual(['SETTING_INVALID TRUSTED_PROXIES']);
    expect(load(whole).trustedProxies).toEqual([]);
  });

  it('refuses profiles that other hosts could take', () => {
    const open = { ...whole, OPS_HOST: '0.0.0.0' };
    expect(load(open).opsPort).toBe(9464);
    expect(codes({ ...open, OPS_PROFILING: 'true' })).toEqual([
      'SETTING_REFUSED_IN_PRODUCTION OPS_PROFILING',
    ]);
    expect(load({ ...whole, OPS_PROFILING: 'true' }).opsProfiling).toBe(true);
  });

  it('refuses every simulator', () => {
    for (const SIMULATOR of ['embedded', 'http://127.0.0.1:9000']) {
      expect(codes({ ...whole, SIMULATOR })).toEqual(['SETTING_REFUSED_IN_PRODUCTION SIMULATOR']);
    }
  });
});

describe('a process with some services', () => {
  it('needs bus and database in every profile', () => {
    expect(codes({ SERVICES: 'oms' })).toEqual(['SETTING_MISSING DATABASE_URL', 'SETTING_MISSING NATS_URL']);
    expect(codes({ SERVICES: 'oms', NATS_URL: shared.NATS_URL })).toEqual(['SETTING_MISSING DATABASE_URL']);
    expect(load({ SERVICES: 'oms', ...shared })).toMatchObject({ simulator: 'none', isWhole: false });
  });

  it('embeds a simulator only beside a gateway, and only when told to', () => {
    expect(load({ SERVICES: 'gateway', ...shared }).simulator).toBe('none');
    expect(load({ SERVICES: 'gateway', SIMULATOR: 'embedded', ...shared }).simulator).toBe('embedded');
    expect(codes({ SERVICES: 'oms', SIMULATOR: 'embedded', ...shared })).toEqual([
      'SETTING_CONFLICT SIMULATOR',
    ]);
    expect(load({ SERVICES: 'oms', SIMULATOR: 'http://127.0.0.1:9000', ...shared }).simulator).toBe(
      'http://127.0.0.1:9000',
    );
  });
});

describe('the generated texts', () => {
  it('name every setting once and stay within a terminal', () => {
    const help = settingsHelp();
    for (const { name } of settingRows) {
      expect(help.split('\n').filter((line) => line === name || line === `${name} (secret)`)).toHaveLength(1);
      expect(
        settingsMarkdown()
          .split('\n')
          .filter((line) => line.startsWith(`| \`${name}\``)),
      ).toHaveLength(1);
    }
    for (const line of help.split('\n')) expect(line.length).toBeLessThanOrEqual(110);
    expect(help).not.toContain(String(process.pid));
  });

  it('have as many cells in every row', () => {
    for (const line of settingsMarkdown().trimEnd().split('\n'))
      expect(line.split(/(?<!\\)\|/)).toHaveLength(6);
  });

  it('keep every default valid', () => {
    for (const row of settingRows) {
      const byDefault = typeof row.default === 'object' ? row.default.demo : row.default;
      expect([row.name, byDefault === undefined || row.schema.safeParse(byDefault).success]).toEqual([
        row.name,
        true,
      ]);
    }
  });
});
