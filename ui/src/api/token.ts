/**
 * The bearer token: in memory, and in this tab's session storage so that a reload does not sign the user
 * out.
 */
const KEY = 'tidegate.token';
let held: string | null = null;

export function readToken(): string | null {
  if (held === null) held = sessionStorage.getItem(KEY);
  return held;
}

export function keepToken(token: string | null): void {
  held = token;
  if (token === null) sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, token);
}
