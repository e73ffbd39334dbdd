/**
 * Child processes of the bootstrap: started without a shell, without standard input, with signals passed on.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { environment, Fault, root } from './place.mjs';

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
 * Runs to the end and resolves to `{ code, text }`, `text` being what it wrote when `output` is 'pipe'.
 * Ctrl-C reaches the child by its process group; a signal sent to us alone is passed on.
 */
export function run(command, args, { output = 'pipe', env, cwd = root } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: env ?? environment(), stdio: ['ignore', output, output] });
    let text = '';
    child.stdout?.setEncoding('utf8').on('data', (part) => (text += part));
    child.stderr?.setEncoding('utf8').on('data', (part) => (text += part));
    const forward = (signal) => child.kill(signal);
    const ignore = () => {};
    process.on('SIGTERM', forward).on('SIGHUP', forward).on('SIGINT', ignore);
    const release = () => process.off('SIGTERM', forward).off('SIGHUP', forward).off('SIGINT', ignore);
    child.on('error', (error) => {
      release();
      reject(new Fault(`${command} could not be started: ${error.message}`));
    });
    child.on('close', (code, signal) => {
      release();
      resolve({ code: exitCode(code, signal), text });
    });
  });
}
