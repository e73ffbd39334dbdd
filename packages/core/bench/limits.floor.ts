/**
 * Limits against their slow twin for as long as one likes: `node packages/core/bench/limits.floor.ts 100000`
 * does so many actions, in days of 250, from a seed (the second argument).
 */
import { Floor } from '../src/risk/limits.floor.fixture.ts';

const [actions, seed] = [Number(process.argv[2] ?? 100_000), Number(process.argv[3] ?? 1)];
const actionsPerDay = 250;
let state = seed >>> 0;

/** Numbers by a linear congruential generator (Numerical Recipes). */
function next(): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return state >>> 11;
}

let [accepted, refused] = [0, 0];
for (let done = 0; done < actions; done += actionsPerDay) {
  const floor = new Floor();
  const began = state;
  try {
    for (let step = 0; step < actionsPerDay; step += 1) floor.act(next(), next(), next());
    floor.close();
  } catch (error) {
    console.error(`a day that began with ${began} after ${done} actions`);
    throw error;
  }
  accepted += floor.accepted;
  refused += floor.refused;
}
console.log(
  `${actions} actions: ${accepted} orders accepted, ${refused} refused by a limit; all as the twin has it`,
);
