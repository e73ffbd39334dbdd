/**
 * Ids that travel to clients and venues, and back. Each says where it came from, so a venue's report finds
 * its partition without a lookup table, and an ExecID can be derived again after a crash. All fit FIX String
 * fields of 64 characters and are made of letters, digits, `_`, `-` and `.`.
 */

const PARTITION = /^[A-Za-z0-9_-]{1,32}$/;
export const ID_LENGTH_MAX = 64;

/** A partition is a firm's id; 32 characters leave room for order, route and change numbers within 64. */
export function isPartition(text: string): boolean {
  return PARTITION.test(text);
}

/** `<partition>.<order>`: OrderID(37) towards clients. */
export function orderId(partition: string, order: number): string {
  return `${partition}.${order}`;
}

/** `<partition>.<order>.<route>`: our ClOrdID(11) at a venue. */
export function routeId(order: string, route: number): string {
  return `${order}.${route}`;
}

/** `<routeId>.c<n>`: ClOrdID(11) of the n-th cancel request of a route. */
export function cancelId(route: string, attempt: number): string {
  return `${route}.c${attempt}`;
}

/** The n of a cancelId. Undefined when it is not one of ours. */
export function cancelAttempt(id: string): number | undefined {
  const match = /\.c([1-9]\d{0,9})$/.exec(id);
  return match === null ? undefined : Number(match[1]);
}

/** `<routeId>.r<n>`: ClOrdID(11) of the n-th replace request of a route. */
export function replaceId(route: string, attempt: number): string {
  return `${route}.r${attempt}`;
}

/** ExecID(17) of the event with this sequence: the same after every replay. */
export function executionId(partition: string, sequence: number): string {
  return `${partition}-${sequence}`;
}

/** `<partition>.case-<n>`. */
export function caseId(partition: string, number: number): string {
  return `${partition}.case-${number}`;
}

/** The partition and number of a caseId. Undefined when it is not one of ours. */
export function parseCaseId(
  text: string,
): { readonly partition: string; readonly number: number } | undefined {
  const match = /^([A-Za-z0-9_-]{1,32})\.case-([1-9]\d{0,15})$/.exec(text);
  return match === null ? undefined : { partition: match[1] as string, number: Number(match[2]) };
}

export interface RouteIdParts {
  readonly partition: string;
  readonly order: number;
  readonly route: number;
  /** The route itself, when the id was of a cancel or replace of it. */
  readonly routeId: string;
  readonly orderId: string;
}

/** Reads a routeId, cancelId or replaceId that a venue sent back. Undefined when it is not one of ours. */
export function parseRouteId(text: string): RouteIdParts | undefined {
  if (text.length > ID_LENGTH_MAX) return undefined;
  const match = /^([A-Za-z0-9_-]{1,32})\.([1-9]\d{0,15})\.([1-9]\d{0,8})(?:\.[cr][1-9]\d{0,9})?$/.exec(text);
  if (match === null) return undefined;
  const [, partition, order, route] = match as unknown as [string, string, string, string];
  const owner = `${partition}.${order}`;
  return {
    partition,
    order: Number(order),
    route: Number(route),
    orderId: owner,
    routeId: `${owner}.${route}`,
  };
}

/** The routeId inside a ClOrdID that a venue sent back (of the order, a cancel or a replace). */
export function routeOfClOrdId(text: string): string | undefined {
  return parseRouteId(text)?.routeId;
}

/** Which partition a venue's report belongs to. */
export function partitionOfRoute(text: string): string | undefined {
  return parseRouteId(text)?.partition;
}

/** The partition and number of an orderId. Undefined when it is not one of ours. */
export function parseOrderId(
  text: string,
): { readonly partition: string; readonly order: number } | undefined {
  const match = /^([A-Za-z0-9_-]{1,32})\.([1-9]\d{0,15})$/.exec(text);
  return match === null ? undefined : { partition: match[1] as string, order: Number(match[2]) };
}

/** The (partition, sequence) an ExecID came from. Undefined when it is not one of ours. */
export function parseExecutionId(
  text: string,
): { readonly partition: string; readonly sequence: number } | undefined {
  const match = /^([A-Za-z0-9_-]{1,32})-([1-9]\d{0,15})$/.exec(text);
  return match === null ? undefined : { partition: match[1] as string, sequence: Number(match[2]) };
}
