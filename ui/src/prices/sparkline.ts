/** The last minutes of a price as a line, for a place of a few pixels. */
import type { Place } from './painted.text.ts';
import type { Sample } from './price.history.ts';

export function drawSparkline(
  context: CanvasRenderingContext2D,
  { left, top, width, height, color }: Place,
  samples: readonly Sample[],
): void {
  if (samples.length < 2) return;
  let [low, high] = [Infinity, -Infinity];
  for (const { mid } of samples) {
    low = Math.min(low, mid);
    high = Math.max(high, mid);
  }
  const room = high - low || 1;
  const first = samples[0]!.second;
  const seconds = Math.max(1, samples.at(-1)!.second - first);
  context.beginPath();
  for (const { second, mid } of samples) {
    const x = left + 1 + ((second - first) / seconds) * (width - 2);
    context.lineTo(x, top + 2 + ((high - mid) / room) * (height - 4));
  }
  context.strokeStyle = color;
  context.lineWidth = 1;
  context.stroke();
}
