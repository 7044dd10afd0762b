// The voice of a hall: a chime, then what is called, in the page's language. Browsers stay silent until somebody has clicked.

const TONES = [[880, 0], [659.25, 0.35]]; // Hz, seconds after the begin
const RINGS_S = 0.7; // each tone
const CHIME_MS = 900;
const SAYING_MS_MAX = 12000; // a voice that never says that it has ended keeps nobody waiting for longer

let ears = null; // an AudioContext once somebody has clicked
let busy_until = 0;

export const isOn = () => ears !== null;
export const isBusy = () => performance.now() < busy_until;

export function turnOn() {
  ears = new AudioContext();
  chime();
}

export function turnOff() {
  ears.close();
  ears = null;
  busy_until = 0;
  globalThis.speechSynthesis?.cancel();
}

export function announce(text, lang) {
  if (!ears) return;
  chime();
  busy_until = performance.now() + CHIME_MS;
  if (!globalThis.speechSynthesis) return;
  busy_until += SAYING_MS_MAX;
  setTimeout(() => ears && say(text, lang), CHIME_MS);
}

function say(text, lang) {
  const utterance = new SpeechSynthesisUtterance(text);
  utterance.lang = lang;
  utterance.rate = 0.9;
  utterance.onend = utterance.onerror = () => (busy_until = 0);
  speechSynthesis.speak(utterance);
}

function chime() {
  for (const [hertz, after_s] of TONES) {
    const [tone, loudness, at_s] = [ears.createOscillator(), ears.createGain(), ears.currentTime + after_s];
    tone.frequency.value = hertz;
    loudness.gain.setValueAtTime(0.4, at_s);
    loudness.gain.exponentialRampToValueAtTime(0.001, at_s + RINGS_S);
    tone.connect(loudness).connect(ears.destination);
    tone.start(at_s);
    tone.stop(at_s + RINGS_S);
  }
}
