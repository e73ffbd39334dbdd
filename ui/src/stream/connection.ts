/**
 * The shell of `protocol.ts`: owns the WebSocket and the timer, feeds the machine and carries out what it
 * says. Knows nothing of React.
 */
import {
  idleStream,
  isSilent,
  stepStream,
  type StreamBatch,
  type StreamInput,
  type StreamOutput,
  type StreamPhase,
  type Subscribe,
} from './protocol.ts';

const TICK_MS = 250;

export interface StreamListener {
  phase(phase: StreamPhase): void;
  /** @param atMs when it came, by the page's clock. */
  data(batch: StreamBatch, atMs: number): void;
  latency(ms: number): void;
  /** By the server's clock, as it came at `atMs` by the page's. */
  serverTime(ms: number, atMs: number): void;
  refused(id: string | null, code: string, text: string): void;
  tokenInDoubt(): void;
}

export interface StreamConnection {
  open(token: string): void;
  /** The next token of the same user; it opens what was closed. */
  renew(token: string): void;
  close(): void;
  subscribe(request: Subscribe): void;
  unsubscribe(id: string): void;
  /** Nothing has come for two pings: what is shown may be old, though the line counts as live still. */
  isSilent(nowMs: number): boolean;
}

export function createConnection(url: string, listener: StreamListener): StreamConnection {
  let state = idleStream;
  let socket: WebSocket | null = null;
  let timer: ReturnType<typeof setInterval> | undefined;

  const step = (input: StreamInput): void => {
    const nowMs = performance.now();
    const next = stepStream(state, input, nowMs, Math.random());
    state = next.state;
    for (const output of next.outputs) perform(output, nowMs);
  };

  const connect = (): void => {
    const opened = new WebSocket(url);
    socket = opened;
    /** What an abandoned socket still says is not heard. */
    const current = (input: StreamInput) => (): void => {
      if (socket === opened) step(input);
    };
    opened.onopen = current({ kind: 'socketOpened' });
    opened.onclose = current({ kind: 'socketClosed' });
    opened.onmessage = (event: MessageEvent<unknown>): void => {
      if (socket === opened && typeof event.data === 'string') step({ kind: 'received', text: event.data });
    };
  };

  const perform = (output: StreamOutput, nowMs: number): void => {
    if (output.kind === 'connect') connect();
    else if (output.kind === 'disconnect') {
      const closing = socket;
      socket = null;
      closing?.close();
    } else if (output.kind === 'send') {
      if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(output.request));
    } else tell(listener, output, nowMs);
  };

  const hurry = (): void => {
    if (document.visibilityState === 'visible') step({ kind: 'hurry' });
  };
  const open = (token: string): void => {
    step({ kind: 'open', token });
    timer ??= setInterval(() => step({ kind: 'tick' }), TICK_MS);
    window.addEventListener('online', hurry);
    document.addEventListener('visibilitychange', hurry);
  };
  return {
    open,
    renew: (token) => (state.phase === 'idle' ? open(token) : step({ kind: 'token', token })),
    close() {
      clearInterval(timer);
      timer = undefined;
      window.removeEventListener('online', hurry);
      document.removeEventListener('visibilitychange', hurry);
      step({ kind: 'close' });
    },
    subscribe: (request) => step({ kind: 'subscribe', request }),
    unsubscribe: (id) => step({ kind: 'unsubscribe', id }),
    isSilent: (nowMs) => isSilent(state, nowMs),
  };
}

function tell(
  listener: StreamListener,
  output: Exclude<StreamOutput, { kind: 'connect' | 'disconnect' | 'send' }>,
  nowMs: number,
): void {
  switch (output.kind) {
    case 'phase':
      return listener.phase(output.phase);
    case 'data':
      return listener.data(output.batch, nowMs);
    case 'latency':
      return listener.latency(output.ms);
    case 'serverTime':
      return listener.serverTime(output.ms, nowMs);
    case 'refused':
      return listener.refused(output.id, output.code, output.text);
    case 'tokenInDoubt':
      return listener.tokenInDoubt();
  }
}
