/**
 * Checks subscription requests and puts them into the library's words. The library takes any text and finds
 * out much later (or never) that a field holds a comma; so it is refused here.
 */
import type { BlpSubscriptionRequest } from './contract.ts';
import { localError } from './errors.ts';
import type { SubscriptionEntry } from './protocol.ts';

const topicLengthMax = 1024;
const fieldsMax = 1000;
const optionsMax = 50;
const intervalMin = 0.1;
const intervalMax = 86_400;
const fieldPattern = /^[^\s,&?=\0]{1,128}$/;
const optionPattern = /^[^\s,&?\0]{1,256}$/;

function refuse(topic: string, text: string): never {
  throw localError(topic.slice(0, 80), 'BAD_REQUEST', text);
}

function checkTopic(topic: string): void {
  if (topic.trim() === '' || topic.length > topicLengthMax)
    refuse(topic, `a topic of 1 to ${topicLengthMax}`);
  if (/[?\0\r\n]/.test(topic)) refuse(topic, 'fields and options are given separately, not in the topic');
}

function optionTexts(request: BlpSubscriptionRequest): string[] {
  const { topic, interval } = request;
  const options: string[] = [];
  if (interval !== undefined) {
    if (!(interval >= intervalMin && interval <= intervalMax))
      refuse(topic, `interval: ${intervalMin} to ${intervalMax} seconds`);
    options.push(`interval=${interval}`);
  }
  if (request.isConflated === true) options.push('conflate');
  if (request.isDelayed === true) options.push('delayed');
  options.push(...(request.options ?? []));
  if (options.length > optionsMax) refuse(topic, `more than ${optionsMax} options`);
  for (const option of options)
    if (!optionPattern.test(option))
      refuse(topic, `option ${JSON.stringify(option).slice(0, 80)} is malformed`);
  return options;
}

/** Throws BAD_REQUEST. */
export function subscriptionEntry(correlationId: number, request: BlpSubscriptionRequest): SubscriptionEntry {
  const { topic, fields } = request;
  checkTopic(topic);
  if (fields.length > fieldsMax) refuse(topic, `more than ${fieldsMax} fields`);
  for (const field of fields)
    if (!fieldPattern.test(field)) refuse(topic, `field ${JSON.stringify(field).slice(0, 80)} is malformed`);
  return { correlationId, topic, fields, options: optionTexts(request) };
}
