/**
 * Devices on which a user has signed in, known by a signed cookie that no script can read and that no other
 * site sends. It names the user and gives no right; it ends with its time and with what ends the user's
 * tokens (a new password, a user disabled).
 */
import { createHash } from 'node:crypto';
import { deviceLifetimeMs, type DeviceClaims, type Tokens } from '@tidegate/platform/identity/tokens';
import type { UserDocument } from '@tidegate/wire/configuration';

/** One for each user of a browser. */
const cookieOf = (user: string): string =>
  `tidegate_device_${createHash('sha256').update(user).digest('hex').slice(0, 16)}`;
const path = '/api/v1/login';

export class Devices {
  private readonly tokens: Pick<Tokens, 'issueDevice' | 'readDevice'>;
  private readonly isSecure: boolean;

  /** `isSecure`: browsers come by HTTPS. */
  constructor(tokens: Pick<Tokens, 'issueDevice' | 'readDevice'>, isSecure: boolean) {
    this.tokens = tokens;
    this.isSecure = isSecure;
  }

  /** What the cookie claims for the user of this name, if it is ours. */
  async shown(cookies: string | undefined, name: string): Promise<DeviceClaims | undefined> {
    const token = valueOf(cookies ?? '', cookieOf(name));
    const claims = token === undefined ? undefined : await this.tokens.readDevice(token);
    return claims?.user === name ? claims : undefined;
  }

  /** Of a user as he is now: an older cookie no longer says anything. */
  isKnown(claims: DeviceClaims | undefined, user: UserDocument | undefined): claims is DeviceClaims {
    return (
      claims !== undefined &&
      user !== undefined &&
      !user.disabled &&
      claims.issuedAtMs >= user.tokensValidFromMs
    );
  }

  /** For the answer to a good sign-in. */
  async cookie(user: string, device: string | undefined): Promise<string> {
    const value = await this.tokens.issueDevice(user, device);
    const secure = this.isSecure ? '; Secure' : '';
    const maxAge = Math.floor(deviceLifetimeMs / 1_000);
    return `${cookieOf(user)}=${value}; Path=${path}; Max-Age=${maxAge}; HttpOnly; SameSite=Strict${secure}`;
  }
}

function valueOf(cookies: string, name: string): string | undefined {
  for (const pair of cookies.split(';')) {
    const at = pair.indexOf('=');
    if (pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
  }
  return undefined;
}
