/**
 * Looks at the operator's library file before the loader does, so that a wrong file gets a clear word instead
 * of the loader's: missing, not an ELF library, built for another machine.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { loadError } from './errors.ts';

const machines: Readonly<Record<string, number>> = { x64: 62, arm64: 183, ia32: 3, arm: 40 };
const machineNames: ReadonlyMap<number, string> = new Map([
  [3, 'x86 (32 bit)'],
  [40, 'ARM (32 bit)'],
  [62, 'x86-64'],
  [183, 'ARM64'],
  [243, 'RISC-V'],
]);
const sharedObject = 3;

function readHead(path: string): Uint8Array {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    throw loadError(
      'LIBRARY_MISSING',
      `${path}: ${(error as NodeJS.ErrnoException).code ?? 'cannot be opened'}`,
    );
  }
  try {
    const head = new Uint8Array(20);
    const length = readSync(file, head, 0, head.length, 0);
    return head.subarray(0, length);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw loadError('LIBRARY_NOT_ELF', `${path}: ${code ?? 'cannot be read'}`);
  } finally {
    closeSync(file);
  }
}

/** Throws a BlpError of class `load` unless the file is a shared library for this machine. */
export function checkLibraryFile(path: string, architecture: string = process.arch): void {
  const head = readHead(path);
  const isElf =
    head.length === 20 && head[0] === 0x7f && head[1] === 0x45 && head[2] === 0x4c && head[3] === 0x46;
  if (!isElf) throw loadError('LIBRARY_NOT_ELF', `${path} is not an ELF shared library`);
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  const isLittle = head[5] === 1;
  const bits = head[4] === 2 ? 64 : 32;
  const type = view.getUint16(16, isLittle);
  const machine = view.getUint16(18, isLittle);
  const isOurs = machine === machines[architecture] && (bits === 64) === architecture.endsWith('64');
  if (!isOurs || !isLittle) {
    const name = machineNames.get(machine) ?? `machine ${machine}`;
    throw loadError(
      'LIBRARY_WRONG_ARCHITECTURE',
      `${path} is for ${name}, ${bits} bit; this process is ${architecture}`,
    );
  }
  if (type !== sharedObject)
    throw loadError('LIBRARY_NOT_ELF', `${path} is no shared library (type ${type})`);
}
