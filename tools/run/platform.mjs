/**
 * Runs the platform as one child and ends with it.
 *
 * The child leads a process group of its own, so Ctrl-C in the terminal reaches this process only and is
 * passed on exactly
 * once: otherwise the databases below the platform would be interrupted before the platform has written its
 * last event, and the platform itself would be told two or three times. An IPC channel joins both: when this
 * process dies without a word (kill -9), the channel closes and the platform stops on its `disconnect` event.
 * Standard input is not used, so background starts and `< /dev/null` change nothing.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { environment, Fault, inTree, pinnedNode, root, say } from './place.mjs';
import { exitCode, signalGroup } from './process.mjs';

/**
 * The platform stops within this time or is killed with everything it started. It says so itself as soon as
 * it has read its settings.
 */
const stopMsMaxDefault = 4500;
const parentPollMs = 1000;

/** Resolves to the platform's exit code; 0 after a stop that was asked for. */
export function runPlatform(path, args) {
  const main = inTree(...path.split('/'));
  if (!existsSync(main)) throw new Fault(`${path} is missing although the build succeeded.`);
  return new Promise((resolve, reject) => {
    const child = spawn(pinnedNode(), ['--enable-source-maps', main, ...args], {
      cwd: root,
      env: environment(),
      detached: true,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const release = stopWith(child);
    child.on('error', (error) => {
      release();
      reject(new Fault(`The platform could not be started: ${error.message}`));
    });
    child.on('exit', (code, signal) => {
      const wasAsked = release();
      resolve(wasAsked && (code === 0 || signal === 'SIGTERM') ? 0 : exitCode(code, signal));
    });
  });
}

/** Passes the first request to stop on to `child`, and kills its group when time is up. */
function stopWith(child) {
  let deadline;
  let stopMsMax = stopMsMaxDefault;
  child.on('message', (said) => {
    if (Number.isSafeInteger(said?.stopMsMax)) stopMsMax = said.stopMsMax;
  });
  const kill = () => {
    say(`The platform has not stopped within ${stopMsMax} ms; killing it.`);
    signalGroup(child, 'SIGKILL');
  };
  const stop = () => {
    if (deadline !== undefined) return;
    deadline = setTimeout(kill, stopMsMax);
    child.kill('SIGTERM');
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, stop);
  const watch = watchParent(stop);
  return () => {
    for (const signal of signals) process.off(signal, stop);
    clearInterval(watch);
    clearTimeout(deadline);
    return deadline !== undefined;
  };
}

/** npm passes signals on but can't pass on its own kill -9: an orphan of npm stops as well. */
function watchParent(stop) {
  const parent = process.ppid;
  if (process.env.npm_lifecycle_event === undefined || parent === 1) return undefined;
  return setInterval(() => {
    if (process.ppid !== parent) stop();
  }, parentPollMs);
}
