/** Injection token of the changes that wait for their time. */
export const SCHEDULE = Symbol('configuration schedule');
