/**
 * Child processes of the bootstrap: started without a shell, without standard input unless they ask for it,
 * with signals passed on.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { environment, Fault, root, say } from './place.mjs';

/** Time between asking a child to stop and killing it. */
const stopMsMax = 5000;
/** How often a child that ends with our parent looks whether that is still there. */
const parentWatchMs = 500;

/** A process's end as one exit code, the way shells count it. */
export function exitCode(code, signal) {
  return code ?? 128 + (constants.signals[signal] ?? 0);
}

/** Runs to the end on our own output; resolves to the exit code. */
export async function passThrough(command, args, options = {}) {
  const { code } = await run(command, args, { ...options, output: 'inherit' });
  return code;
}

/**
 * Runs to the end and resolves to `{ code, text }`, `text` being what it wrote when `output` is 'pipe'. The
 * child leads a process group of its own: a signal reaches it once, from here, and what it started ends with
 * it. With `msMax` it is killed with its group when that time is over, with `endsWithParent` it is asked to
 * stop when whoever started us is gone without a word.
 */
export function run(command, args, options = {}) {
  const { input = 'ignore', output = 'pipe', env, cwd = root, msMax, endsWithParent = false } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: env ?? environment(),
      stdio: [input, output, output],
      detached: true,
    });
    let text = '';
    child.stdout?.setEncoding('utf8').on('data', (part) => (text += part));
    child.stderr?.setEncoding('utf8').on('data', (part) => (text += part));
    const release = relaySignals(child, msMax, endsWithParent);
    child.on('error', (error) => {
      release();
      reject(new Fault(`${command} could not be started: ${error.message}`));
    });
    child.on('close', (code, signal) => {
      const stopSignal = release();
      if (stopSignal !== undefined) process.exit(exitCode(null, stopSignal));
      resolve({ code: exitCode(code, signal), text });
    });
  });
}

/** Returns what undoes it, which returns the signal by which we were asked to stop. */
function relaySignals(child, msMax, endsWithParent) {
  let asked;
  const ask = (signal) => {
    asked ??= signal;
    signalGroup(child, signal);
    setTimeout(() => signalGroup(child, 'SIGKILL'), stopMsMax).unref();
  };
  const late = () => {
    say(`Killed after ${Math.round(msMax / 60_000)} minutes: ${child.spawnargs.join(' ')}`);
    signalGroup(child, 'SIGKILL');
  };
  const timer = msMax === undefined ? undefined : setTimeout(late, msMax);
  const parent = process.ppid;
  const watch = endsWithParent
    ? setInterval(() => process.ppid === parent || ask('SIGTERM'), parentWatchMs).unref()
    : undefined;
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, ask);
  return () => {
    clearTimeout(timer);
    clearInterval(watch);
    for (const signal of signals) process.off(signal, ask);
    return asked;
  };
}

/** Signals a child that leads its own process group, and everything in it. */
export function signalGroup(child, signal) {
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}
