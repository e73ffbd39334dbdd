/**
 * Verifies an export of the audit, with nothing of ours: Node alone. What is checked and why is in
 * docs/security/audit.md, from which anybody can write another.
 *
 * Usage: node audit.verify.mjs EXPORT [--checkpoints FOLDER] [--key KEY] [--json]. Exit code 0: all of it is
 * what was signed; 1: it is not, the first bad entry is named; 2: not used as it should be.
 */
import { createHash, createPublicKey, verify } from 'node:crypto';
import { createReadStream, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const format = 'tidegate-audit/1';
const fields = [
  ...['number', 'previous', 'id', 'at', 'person', 'role', 'session', 'address', 'what', 'target', 'outcome'],
  ...['before', 'after', 'why', 'requestId'],
];
const columns = ['number', 'id', 'at', 'person', 'what', 'target'];
const zeros = '0'.repeat(64);

const sha256 = (...parts) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};
const leafHash = (body) => sha256(Buffer.of(0), body);
const nodeHash = (left, right) => sha256(Buffer.of(1), left, right);

/** Roots of the trees over the first `size` leaves, for each of the sizes. */
function rootsAt(leaves, sizes) {
  const wanted = new Set(sizes);
  const roots = new Map();
  const parts = [];
  for (const [at, leaf] of leaves.entries()) {
    let part = { size: 1, hash: leaf };
    while (parts.at(-1)?.size === part.size)
      part = { size: 2 * part.size, hash: nodeHash(parts.pop().hash, part.hash) };
    parts.push(part);
    if (!wanted.has(at + 1)) continue;
    const hashes = parts.map(({ hash }) => hash);
    roots.set(at + 1, hashes.reduceRight((right, left) => nodeHash(left, right)).toString('base64'));
  }
  return roots;
}

function readKey(text) {
  const [name, id, ...rest] = text.trim().split('+');
  const bytes = Buffer.from(rest.join('+'), 'base64');
  if (bytes.length !== 33 || bytes[0] !== 1) throw new Error('KEY is not the public key of a signed note');
  const keyId = sha256(`${name}\n`, bytes).subarray(0, 4);
  if (keyId.toString('hex') !== id) throw new Error('KEY has the id of another key');
  const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), bytes.subarray(1)]);
  return { name, keyId, key: createPublicKey({ key: spki, format: 'der', type: 'spki' }) };
}

/** Size and root of a note that this key has signed; undefined for any other. */
function openCheckpoint(note, { name, keyId, key }) {
  const end = note.lastIndexOf('\n\n');
  const text = note.slice(0, end + 1);
  const isSigned = note
    .slice(end + 2)
    .split('\n')
    .some((line) => {
      const [dash, signer, base64] = line.split(' ');
      const bytes = Buffer.from(base64 ?? '', 'base64');
      const isOurs = dash === '\u2014' && signer === name && bytes.subarray(0, 4).equals(keyId);
      return isOurs && bytes.length === 68 && verify(null, Buffer.from(text), key, bytes.subarray(4));
    });
  const [origin, size, root] = text.split('\n');
  return end >= 0 && isSigned && origin === name ? { size: Number(size), root } : undefined;
}

async function readExport(file) {
  const found = { header: undefined, entries: [], checkpoints: [], faults: [] };
  let at = 0;
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    at += 1;
    let value;
    try {
      value = JSON.parse(line);
    } catch {
      value = {};
    }
    if (value.format !== undefined && at === 1) found.header = value;
    else if (value.entry !== undefined) found.entries.push(value.entry);
    else if (value.checkpoint !== undefined) found.checkpoints.push(value.checkpoint);
    else found.faults.push(`line ${at} of the export is neither an entry nor a checkpoint`);
  }
  if (found.header?.format !== format) throw new Error(`the export is not of format ${format}`);
  return found;
}

/** What the second place says of every entry: hashes that come to the roots that were signed. */
function readSecondPlace(folder, key, findings) {
  const hashes = [];
  const checkpoints = [];
  const names =
    folder === undefined ? [] : readdirSync(folder).filter((name) => name.endsWith('.checkpoint'));
  for (const name of names.sort()) {
    const first = hashes.length + 1;
    const said = openCheckpoint(readFileSync(join(folder, name), 'utf8'), key);
    if (said === undefined || said.size !== Number(name.split('.')[0])) {
      findings.push({
        number: first,
        what: 'forged',
        text: `${name} of the second place is not signed by the key`,
      });
      continue;
    }
    const file = join(folder, name.replace('.checkpoint', '.hashes'));
    const lines = existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [];
    const grown = [...hashes, ...lines.map((line) => Buffer.from(line, 'hex'))];
    if (grown.length !== said.size || rootsAt(grown, [said.size]).get(said.size) !== said.root) {
      const text = `checkpoint ${said.size} of the second place does not continue the one before it`;
      findings.push({ number: first, what: 'fork', text });
      break;
    }
    for (const hash of grown.slice(hashes.length)) hashes.push(hash);
    checkpoints.push(said);
  }
  return { hashes, checkpoints };
}

/** What is wrong with an entry by itself and by its neighbours; undefined: nothing. */
function faultOf(entry, number, previous) {
  if (entry.number > number) return ['deleted', `entry ${number} is missing`];
  if (entry.number < number)
    return ['inserted', `after entry ${number - 1} comes one with number ${entry.number}`];
  if (leafHash(Buffer.from(entry.body)).toString('hex') !== entry.hash)
    return ['edited', `entry ${number} does not have the hash of its body`];
  let body;
  try {
    body = JSON.parse(entry.body);
  } catch {
    return ['edited', `entry ${number} is not JSON`];
  }
  if (Object.keys(body).join() !== fields.join() || JSON.stringify(body) !== entry.body)
    return ['edited', `the body of entry ${number} is not in its canonical form`];
  const changed = columns.find((name) => body[name] !== entry[name]);
  if (changed !== undefined)
    return ['edited', `column ${changed} of entry ${number} is not what its body says`];
  if (body.previous !== previous) return ['edited', `entry ${number} does not follow the one before it`];
  return undefined;
}

function checkEntries({ header, entries }, signed, findings) {
  let previous = zeros;
  for (const [at, entry] of entries.entries()) {
    const number = at + 1;
    const fault = faultOf(entry, number, previous);
    const hash = signed.hashes[at]?.toString('hex');
    if (fault !== undefined) findings.push({ number, what: fault[0], text: fault[1] });
    else if (hash !== undefined && hash !== entry.hash)
      findings.push({ number, what: 'edited', text: `entry ${number} is not the one that was signed` });
    else {
      previous = entry.hash;
      continue;
    }
    break; // those after it are chained to it
  }
  const size = Math.max(header.size, signed.hashes.length);
  if (entries.length < size) {
    const text = `entries from ${entries.length + 1} to ${size} are missing`;
    findings.push({ number: entries.length + 1, what: 'truncated', text });
  }
}

/** The checkpoints of the database against the entries, and against those of the second place. */
function checkCheckpoints({ entries, checkpoints }, signed, key, findings) {
  const opened = checkpoints.map(({ size, note }) => ({ size, said: openCheckpoint(note, key) }));
  const roots = rootsAt(
    entries.map(({ hash }) => Buffer.from(hash, 'hex')),
    [...opened.map(({ size }) => size)],
  );
  const elsewhere = new Map(signed.checkpoints.map(({ size, root }) => [size, root]));
  let good = 0;
  for (const { size, said } of opened) {
    const next = { number: good + 1 };
    const from = `between entries ${good + 1} and ${size}`;
    // Where an entry is named already, there is nothing more to say of what it is part of.
    if (findings.some(({ number }) => number > good && number <= size)) continue;
    if (said === undefined || said.size !== size)
      findings.push({
        ...next,
        what: 'forged',
        text: `checkpoint ${size} of the database is not signed by the key`,
      });
    else if (elsewhere.has(size) && elsewhere.get(size) !== said.root)
      findings.push({
        ...next,
        what: 'fork',
        text: `two audits of ${size} entries were signed, they part ${from}`,
      });
    else if (size > entries.length)
      findings.push({ number: entries.length + 1, what: 'truncated', text: `${size} entries were signed` });
    else if (roots.get(size) !== said.root)
      findings.push({ ...next, what: 'edited', text: `checkpoint ${size} is of other entries, ${from}` });
    else good = size;
  }
  return Math.max(good, signed.checkpoints.at(-1)?.size ?? 0);
}

function argumentsOf(args) {
  const given = { file: undefined, checkpoints: undefined, key: undefined, json: false };
  for (let at = 0; at < args.length; at += 1) {
    if (args[at] === '--json') given.json = true;
    else if (args[at] === '--checkpoints') given.checkpoints = args[(at += 1)];
    else if (args[at] === '--key') given.key = args[(at += 1)];
    else given.file = args[at];
  }
  if (given.file === undefined) throw new Error('give the file of an export');
  return given;
}

/** As given, from the second place, or, good for nothing but a look, from the export itself. */
function keyTextOf({ key, checkpoints }, header) {
  if (key !== undefined) return existsSync(key) ? readFileSync(key, 'utf8') : key;
  const beside = checkpoints === undefined ? undefined : join(checkpoints, 'audit.pub');
  if (beside !== undefined && existsSync(beside)) return readFileSync(beside, 'utf8');
  if (header.key === null) throw new Error('nothing is signed yet, and no key is given');
  return header.key;
}

async function run() {
  const given = argumentsOf(process.argv.slice(2));
  const found = await readExport(given.file);
  const keyText = keyTextOf(given, found.header).trim();
  const key = readKey(keyText);
  /** @type {{ number: number; what: string; text: string }[]} */
  const findings = found.faults.map((text) => ({ number: 0, what: 'damaged', text }));
  if (found.header.key !== keyText)
    findings.push({
      number: 1,
      what: 'replaced',
      text: 'the database is signed by another key, or not at all',
    });
  const signed = readSecondPlace(given.checkpoints, key, findings);
  checkEntries(found, signed, findings);
  const signedSize = checkCheckpoints(found, signed, key, findings);
  // What is wrong earliest, and of that what was found first.
  const [first = null] = findings.sort((a, b) => a.number - b.number);
  const told = { ok: first === null, entries: found.entries.length, signed: signedSize, first, findings };
  const rest = found.entries.length - signedSize;
  if (given.json) process.stdout.write(`${JSON.stringify(told)}\n`);
  else if (first !== null)
    process.stdout.write(`BAD, first at entry ${first.number}: ${first.what}: ${first.text}\n`);
  else process.stdout.write(`GOOD: ${signedSize} entries are as signed, ${rest} are not signed yet\n`);
  process.exitCode = told.ok ? 0 : 1;
}

run().catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
});
