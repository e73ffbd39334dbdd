/** Tags of the standard header in any FIX version up to 5.0SP2, for where no dictionary is at hand. */

const HEADER_TAGS = new Set([
  8, 9, 34, 35, 43, 49, 50, 52, 56, 57, 90, 91, 97, 115, 116, 122, 128, 129, 142, 143, 144, 145, 212, 213,
  347, 369, 370, 627, 628, 629, 630, 1128, 1129, 1130, 1131, 1156,
]);

export function isHeaderTag(tag: number): boolean {
  return HEADER_TAGS.has(tag);
}
