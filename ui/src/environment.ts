/**
 * Where the API is: `env.js` may name another origin at run time; the default is the origin that served the
 * page.
 */
declare global {
  interface Window {
    tidegateEnvironment?: { readonly apiUrl?: string };
  }
}

/** Base of every REST address, without a slash at its end; empty for the same origin. */
export function apiBase(): string {
  return (window.tidegateEnvironment?.apiUrl ?? '').replace(/\/+$/, '');
}

/** Address of the WebSocket stream. */
export function streamUrl(): string {
  const url = new URL(`${apiBase()}/api/v1/stream`, window.location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
}
