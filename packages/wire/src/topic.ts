/**
 * A bus subject with the types of its message and of its answer; built by `topics.ts`, never from loose
 * text.
 */
declare const message: unique symbol;
declare const reply: unique symbol;

export interface Topic<T, R = void> {
  readonly subject: string;
  readonly [message]?: T;
  readonly [reply]?: R;
}

export function topic<T, R = void>(...tokens: readonly string[]): Topic<T, R> {
  return { subject: tokens.join('.') };
}

/**
 * One subject token: letters, digits, `-`, `_`, or a wildcard. Ids are checked when configuration is
 * loaded.
 */
export const tokenPattern = /^[A-Za-z0-9_-]{1,64}$/;
