/** `fix check`: which messages of a log the dictionary does not allow. */
import { Decoder } from '@tidegate/fix/codec/decoder';
import type { Dictionary } from '@tidegate/fix/dictionary/dictionary';
import { Validator } from '@tidegate/fix/codec/validator';
import { linesOf, print } from './decode.ts';
import { findMessages, type Found } from './frames.ts';
import { treeOf } from './tree.ts';
import { dictionaryOfFile, Versions } from './versions.ts';

export interface CheckOptions {
  readonly file: string | undefined;
  readonly dictionary: string | undefined;
}

interface Fault {
  readonly text: string;
  /** SessionRejectReason(373); absent for what is no message at all. */
  readonly reason?: number;
  readonly tag?: number;
}

/** Prints a line for each fault; resolves to the exit code: 0 when there is none, 1 otherwise. */
export async function check(options: CheckOptions): Promise<number> {
  const own = options.dictionary === undefined ? undefined : dictionaryOfFile(options.dictionary);
  const versions = new Versions(own);
  const checker = new Checker();
  const name = options.file ?? '-';
  let messages = 0;
  let faults = 0;
  for await (const found of findMessages(linesOf(options.file))) {
    messages += 1;
    const dictionary = versions.dictionaryOf(found.raw);
    const fault = checker.fault(found, dictionary);
    if (fault === undefined) continue;
    faults += 1;
    await print(`${name}:${found.line}: ${describe(found, fault, dictionary)}\n`);
  }
  process.stderr.write(`${messages} messages, ${faults} faults\n`);
  return messages > 0 && faults === 0 ? 0 : 1;
}

class Checker {
  readonly #validators = new Map<Dictionary, Validator>();

  fault(found: Found, dictionary: Dictionary | undefined): Fault | undefined {
    if (dictionary === undefined) return { text: 'unknown BeginString' };
    const damage = treeOf(found.raw, dictionary).fault;
    if (damage !== undefined) return { text: damage };
    const decoder = new Decoder({ dictionary, maxMessageBytes: found.raw.length });
    decoder.push(found.raw);
    const result = decoder.next();
    if (result.kind !== 'message') {
      return { text: `garbled: ${result.kind === 'garbled' ? result.reason : result.kind}` };
    }
    let validator = this.#validators.get(dictionary);
    if (validator === undefined) this.#validators.set(dictionary, (validator = new Validator(dictionary)));
    const violation = validator.validate(result.message);
    if (violation === undefined) return undefined;
    const { text, sessionRejectReason: reason, refTagId } = violation;
    return { text, reason, ...(refTagId === undefined ? undefined : { tag: refTagId }) };
  }
}

function describe(found: Found, fault: Fault, dictionary: Dictionary | undefined): string {
  const { msgType, name, fields } = treeOf(found.raw, dictionary);
  const number = fields.find((field) => field.tag === 34)?.value ?? '?';
  const what = `${name ?? 'message'} (${msgType}) #${number}`;
  const tag = fault.tag === undefined ? '' : `, tag ${fault.tag} ${dictionary?.fieldName(fault.tag) ?? ''}`;
  const reason = fault.reason === undefined ? '' : ` [${fault.reason}]`;
  return `${what}: ${fault.text}${tag.trimEnd()}${reason}`;
}
