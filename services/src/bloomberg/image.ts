/**
 * The last-value image of one subscription: every field's newest value with the number of the message that
 * brought it. Readers remember the number they have seen, so any number of them can be told what changed
 * without anything being kept for them.
 */
import type { BlpDataEvent, BlpRecord, BlpValue } from '@tidegate/blpapi/contract';

export interface ImageField {
  value: BlpValue;
  /** Sequence of the message that brought this value. */
  at: number;
}

/** Messages carry no more than was subscribed; this only keeps a mistake from filling the memory. */
const fieldsMax = 1_000;

export class Image {
  readonly fields = new Map<string, ImageField>();
  /** Messages applied; starts at 0 and only grows, also over sessions. */
  sequence = 0;
  private paintFrom: number | undefined;

  /** A whole image has begun and its last fragment is not in. */
  get isPainting(): boolean {
    return this.paintFrom !== undefined;
  }

  get(name: string): BlpValue | undefined {
    return this.fields.get(name)?.value;
  }

  /**
   * Absent fields are unchanged, null ones cleared. A whole image replaces all: what it does not name when
   * its last fragment is in is cleared as well.
   */
  apply(event: BlpDataEvent, isImage: boolean): void {
    const at = (this.sequence += 1);
    if (isImage && (event.fragment === 'none' || event.fragment === 'start')) this.paintFrom = at;
    this.merge(event.fields, at);
    const isWhole = event.fragment === 'none' || event.fragment === 'end';
    if (this.paintFrom === undefined || !isWhole || !isImage) return;
    for (const field of this.fields.values()) {
      if (field.at >= this.paintFrom || field.value === null) continue;
      field.value = null;
      field.at = at;
    }
    this.paintFrom = undefined;
  }

  private merge(record: BlpRecord, at: number): void {
    const { fields } = this;
    for (const name in record) {
      const value = record[name]!;
      const field = fields.get(name);
      if (field !== undefined) {
        field.value = value;
        field.at = at;
      } else if (fields.size < fieldsMax) fields.set(name, { value, at });
    }
  }
}
