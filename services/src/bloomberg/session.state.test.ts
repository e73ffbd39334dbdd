/** The session table keeps its rules on every walk, whatever happens in whatever order. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sessionHappenings, sessionStates, sessionStep, type SessionState } from './session.state.ts';

/** States in which a session object exists. */
const withObject: readonly SessionState[] = ['connecting', 'authorising', 'up', 'lost', 'revoked'];

describe('the session table', () => {
  it('keeps one object at a time, never touches one that is gone, and always has a way on', () => {
    const walk = fc.array(fc.constantFrom(...sessionHappenings), { maxLength: 60 });
    fc.assert(
      fc.property(walk, (happenings) => {
        let state: SessionState = 'stopped';
        let isOpen = false;
        let isWaiting = false;
        for (const happening of happenings) {
          const step = sessionStep(state, happening);
          if (happening === 'retryDue') isWaiting = false;
          for (const action of step?.actions ?? []) {
            if (action === 'open') {
              expect(isOpen, `${state} ${happening}`).toBe(false);
              isOpen = true;
            }
            if (action === 'discard') isOpen = false;
            if (action === 'authorise' || action === 'subscribeAll' || action === 'restore')
              expect(isOpen, `${action} at ${state} ${happening}`).toBe(true);
            if (action === 'retryLater' || action === 'awaitConnection') isWaiting = true;
          }
          // Without a library there is no object to discard.
          if (step?.to === 'unavailable') isOpen = false;
          state = step?.to ?? state;
          expect(isOpen).toBe(withObject.includes(state));
        }
        if (['unavailable', 'down', 'unauthorised'].includes(state)) {
          expect(sessionStep(state, 'retryDue')?.actions).toEqual(['open']);
          expect(isWaiting || happenings.includes('retryDue')).toBe(true);
        }
      }),
    );
  });

  it('stops from every state, and discards what there is', () => {
    for (const state of sessionStates) {
      const step = sessionStep(state, 'stop');
      expect(step?.to ?? state).toBe('stopped');
      expect(step?.actions.includes('discard') ?? false).toBe(withObject.includes(state));
    }
  });

  it('withdraws what was delivered before anything else when delivery must end', () => {
    for (const happening of ['connectionDown', 'ended', 'revoked', 'stop'] as const)
      expect(sessionStep('up', happening)!.actions[0]).toMatch(/^(markStale|withhold)$/);
  });
});
