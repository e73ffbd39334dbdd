/** What a market data event says about itself: a fresh image, lost ticks, or just an update. */
import type { BlpDataEvent } from './contract.ts';

/**
 * `image`: the complete picture (SUMMARY / INITPAINT, or a solicited recap). `dataLoss`: ticks of this
 * subscription were lost; its values are stale until the next image. `summary`: another summary (new day, …).
 */
export function imageMark(event: BlpDataEvent): 'image' | 'dataLoss' | 'summary' | 'update' {
  const { MKTDATA_EVENT_TYPE: type, MKTDATA_EVENT_SUBTYPE: subtype } = event.fields;
  if (type !== 'SUMMARY') return event.recap === 'solicited' ? 'image' : 'update';
  if (subtype === 'DATALOSS') return 'dataLoss';
  return subtype === 'INITPAINT' || event.recap === 'solicited' ? 'image' : 'summary';
}

/** True when Bloomberg says so in the message; undefined when it says nothing. */
export function isDelayed(event: BlpDataEvent): boolean | undefined {
  const { IS_DELAYED_STREAM: delayed } = event.fields;
  return typeof delayed === 'boolean' ? delayed : undefined;
}
