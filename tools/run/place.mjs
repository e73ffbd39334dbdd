/**
 * Where things are: the tree's root, its private cache, the pinned Node; and how the bootstrap speaks (stderr
 * only).
 */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
export const inTree = (...parts) => join(root, ...parts);

/** Stamps, locks and reports of the bootstrap; ignored by git, may be deleted at any time. */
export function cachePath(name) {
  const folder = inTree('.cache');
  mkdirSync(folder, { recursive: true });
  return join(folder, name);
}

/** An expected refusal: shown as one message, without a stack. */
export class Fault extends Error {}

/** Standard output belongs to the platform (`--json`), so the bootstrap speaks on standard error. */
export function say(text) {
  process.stderr.write(`${text}\n`);
}

const requiredMajor = 26;
const platforms = ['linux-x64', 'linux-arm64'];

/** The Node 26 that npm installed for this machine, or the running one where it is new enough. */
export function pinnedNode() {
  const platform = `${process.platform}-${process.arch}`;
  const pinned = inTree('node_modules', `node-${platform}`, 'bin', 'node');
  if (platforms.includes(platform) && existsSync(pinned)) return pinned;
  if (Number(process.versions.node.split('.')[0]) >= requiredMajor) return process.execPath;
  if (!platforms.includes(platform)) {
    throw new Fault(
      `Tidegate brings Node ${requiredMajor} for ${platforms.join(' and ')}; this machine is ${platform}.\n` +
        `Install Node ${requiredMajor} or newer and use that, or use a Linux machine or container.`,
    );
  }
  throw new Fault(
    `Node ${requiredMajor} is missing at ${pinned}: delete node_modules and run the command again.`,
  );
}

/** The environment of everything started from here: whatever looks for `node` finds the pinned one. */
export function environment(extra = {}) {
  return { ...process.env, PATH: `${dirname(pinnedNode())}:${process.env.PATH ?? ''}`, ...extra };
}
