/** A short tone for a critical alert; silent where the browser does not let a page sound. */
let context: AudioContext | undefined;

const hertz = 880;
const seconds = 0.35;
const loudness = 0.15;

export function soundAlert(): void {
  try {
    context ??= new AudioContext();
    const tone = context.createOscillator();
    const gain = context.createGain();
    tone.frequency.value = hertz;
    gain.gain.setValueAtTime(loudness, context.currentTime);
    gain.gain.exponentialRampToValueAtTime(0.001, context.currentTime + seconds);
    tone.connect(gain).connect(context.destination);
    tone.start();
    tone.stop(context.currentTime + seconds);
  } catch {
    /* no sound device, or not allowed before the first click */
  }
}
