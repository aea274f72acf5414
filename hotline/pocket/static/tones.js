// The sounds a telephone makes by itself: keys, ringing, a beep, engaged.

const ROWS = { 1: 697, 2: 697, 3: 697, 4: 770, 5: 770, 6: 770, 7: 852, 8: 852, 9: 852, "*": 941, 0: 941, "#": 941 };
const COLUMNS = { 1: 1209, 4: 1209, 7: 1209, "*": 1209, 2: 1336, 5: 1336, 8: 1336, 0: 1336, 3: 1477, 6: 1477, 9: 1477 };

let context = null;
let silent = false;

export function mute(quiet) {
  silent = quiet;
}

// Browsers let a page sound only after somebody has touched it.
export function wake() {
  context ??= new AudioContext();
  if (context.state === "suspended") context.resume();
}

function sound(frequencies, seconds, loudness, delay = 0) {
  if (silent || context === null || context.state !== "running") return;
  const start = context.currentTime + delay;
  const volume = context.createGain();
  volume.connect(context.destination);
  volume.gain.setValueAtTime(loudness, start);
  volume.gain.setTargetAtTime(0, start + seconds - 0.02, 0.008);
  for (const frequency of frequencies) {
    const tone = context.createOscillator();
    tone.frequency.value = frequency;
    tone.connect(volume);
    tone.start(start);
    tone.stop(start + seconds + 0.05);
  }
}

export const key = (name) => sound([ROWS[name], COLUMNS[name] ?? 1477], 0.12, 0.04);
export const beep = () => sound([1000], 0.35, 0.06);
export const calling = () => sound([425], 1, 0.03);
export const arrived = () => [0, 0.16].forEach((delay) => sound([880 + delay * 1500], 0.11, 0.04, delay));
export const engaged = () => [0, 0.5, 1].forEach((delay) => sound([425], 0.25, 0.04, delay));
export const ringing = () => [0, 0.4].forEach((delay) => sound([880, 988], 0.3, 0.05, delay));
