/** BusinessMessageReject(j): what a client is told of a message that its session or we can't take. */
import type { Message } from '@tidegate/fix/codec/fields';
import { Tag } from '@tidegate/fix/dictionary/tags44';
import type { SessionHandle } from '@tidegate/fix/session/application';
import { plainText } from './client.reports.ts';

/** BusinessRejectReason(380), FIX 4.4 vol. 6. */
export const businessReject = { other: 0, unsupported: 3, notAvailable: 4, notAuthorised: 6 } as const;

/** Names the message by its number and, where it has one, by its own id. */
export function sendBusinessReject(
  message: Pick<Message, 'msgType' | 'seqNum' | 'text'>,
  session: SessionHandle,
  reason: number,
  text: string,
): void {
  const id = message.text(Tag.ClOrdID) ?? message.text(Tag.MDReqID);
  session.send('j', (fields) => {
    fields.int(Tag.RefSeqNum, message.seqNum).text(Tag.RefMsgType, message.msgType);
    if (id !== undefined) fields.text(Tag.BusinessRejectRefID, plainText(id));
    fields.int(Tag.BusinessRejectReason, reason).text(Tag.Text, text);
  });
}
