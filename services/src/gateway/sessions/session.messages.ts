/**
 * Answers operators who ask for the last raw messages of a session, masked by the engine's ring, with the
 * names that the session's own dictionary has for what is in them.
 */
import type { Dictionary } from '@tidegate/fix/dictionary/dictionary';
import { loadDictionary } from '@tidegate/fix/dictionary/load';
import type { SessionHandle } from '@tidegate/fix/session/application';
import { frameText } from '@tidegate/fix/transport/message.log';
import type { Bus, Subscription } from '@tidegate/platform/bus/bus';
import { rawFields } from '@tidegate/wire/raw.message';
import {
  sessionMessagesMax,
  type SessionMessage,
  type SessionMessagesQuestion,
  type SessionMessagesView,
} from '@tidegate/wire/sessions';
import { sessionMessagesTopic } from '@tidegate/wire/topics';

/** What the engine keeps for people to look at, of each session; it grows to that when there is so much. */
export const keptMessages = { recentMessages: 1_000, recentBytes: 128 << 10 } as const;

const msgType = 35;

export class SessionMessages {
  private readonly bus: Bus;
  private readonly served = new Map<string, Subscription>();

  constructor(bus: Bus) {
    this.bus = bus;
  }

  /** `dictionary`: the session's own; absent: the standard one. */
  serve(id: string, handle: Pick<SessionHandle, 'recent'>, dictionary?: Dictionary): void {
    if (this.served.has(id)) return;
    const answer = ({ before }: SessionMessagesQuestion) =>
      messagesView(handle, before, dictionary ?? loadDictionary('FIX.4.4'));
    this.served.set(id, this.bus.respond(sessionMessagesTopic(id), answer, { isOwner: true }));
  }

  withdraw(id: string): void {
    this.served.get(id)?.unsubscribe();
    this.served.delete(id);
  }

  stop(): void {
    for (const id of [...this.served.keys()]) this.withdraw(id);
  }
}

export function messagesView(
  handle: Pick<SessionHandle, 'recent'>,
  before: string | undefined,
  dictionary: Dictionary,
): SessionMessagesView {
  const found = handle.recent().filter(({ id }) => before === undefined || isBefore(id, before));
  const messages = found.slice(-sessionMessagesMax).map(({ id, utcMs, direction, raw, isCut }) => ({
    id,
    at: new Date(utcMs).toISOString(),
    direction,
    text: frameText(raw),
    isCut,
  }));
  return { messages, ...wordsOf(messages, dictionary), hasOlder: found.length > messages.length };
}

function wordsOf(
  messages: readonly SessionMessage[],
  dictionary: Dictionary,
): Pick<SessionMessagesView, 'names' | 'words'> {
  const names: Record<string, string> = {};
  const words: Record<string, Record<string, string>> = {};
  const meanings = new Map<number, ReadonlyMap<string, string>>();
  for (const { tag, value } of messages.flatMap(({ text }) => rawFields(text))) {
    const name = dictionary.fieldName(tag);
    if (name === undefined) continue;
    names[tag] = name;
    const known = meanings.get(tag) ?? dictionary.fieldValues(tag);
    meanings.set(tag, known);
    const word = tag === msgType ? dictionary.messageName(value) : known.get(value);
    if (word !== undefined) (words[tag] ??= {})[value] = word;
  }
  return { names, words };
}

/** Ids of the engine's: both parts count upwards. */
function isBefore(id: string, other: string): boolean {
  const [piece = 0, place = 0] = id.split('.').map(Number);
  const [otherPiece = 0, otherPlace = 0] = other.split('.').map(Number);
  return piece < otherPiece || (piece === otherPiece && place < otherPlace);
}
