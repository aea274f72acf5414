// What is heard in a call, one sound after another: clips, words without a clip, and pauses.

const AUDIBLE = new Set(["clip", "say", "pause"]);
const READING = 0.36; // seconds a word takes when there is no voice to say it

export class Player {
  // `begins(sound)` is called as each sound starts, `rests(place)` when all there is has been heard up to `place`.
  constructor({ begins, rests, fails }) {
    this.begins = begins;
    this.rests = rests;
    this.fails = fails;
    this.silent = false;
    this.reset();
  }

  get playing() {
    return this.current !== null;
  }

  reset() {
    this.stopSound();
    this.row = [];
    this.known = 0;
    this.ready = new Map();
  }

  // Take what has come since; `played` is how far the carrier knows that it was heard.
  take(heard, played) {
    for (const sound of heard.slice(this.known)) if (sound.place > played) this.row.push(sound);
    this.known = heard.length;
    if (!this.playing) this.next();
  }

  // A key was pressed, or somebody hung up: what was still to be heard is not.
  cut() {
    this.row = [];
    this.stopSound();
  }

  mute(quiet) {
    this.silent = quiet;
    if (this.audio) this.audio.muted = quiet;
  }

  stopSound() {
    this.current = null;
    clearTimeout(this.timer);
    if (this.audio) {
      this.audio.onended = this.audio.onerror = null;
      this.audio.pause();
      this.audio = null;
    }
    if (this.speaking) speechSynthesis.cancel();
    this.speaking = false;
  }

  next() {
    this.stopSound();
    const sound = this.row.shift();
    if (!sound) return;
    const audible = AUDIBLE.has(sound.kind);
    if (audible) this.current = sound;
    this.begins(sound);
    if (!audible) {
      this.next();
      return;
    }
    if (sound.kind === "clip") this.playClip(sound);
    else if (sound.kind === "say") this.sayWords(sound);
    else this.timer = setTimeout(() => this.finish(sound), sound.seconds * 1000);
    this.prepare(this.row.find((later) => later.kind === "clip"));
  }

  prepare(sound) {
    if (!sound || this.ready.has(sound.url)) return;
    const audio = new Audio();
    audio.preload = "auto";
    audio.src = sound.url;
    this.ready.set(sound.url, audio);
  }

  playClip(sound) {
    this.prepare(sound);
    const audio = this.ready.get(sound.url);
    this.ready.delete(sound.url);
    this.audio = audio;
    audio.muted = this.silent;
    audio.onended = () => this.finish(sound);
    audio.onerror = () => this.failed(sound);
    audio.play().catch((problem) => {
      if (problem.name !== "AbortError") this.failed(sound);
    });
  }

  failed(sound) {
    if (this.current !== sound) return;
    this.fails(sound);
    this.timer = setTimeout(() => this.finish(sound), this.readingTime(sound.words));
  }

  sayWords(sound) {
    const wait = this.readingTime(sound.words);
    const language = sound.language.slice(0, 2);
    const voice = window.speechSynthesis?.getVoices().find((one) => one.lang.startsWith(language));
    if (!voice || this.silent) {
      this.timer = setTimeout(() => this.finish(sound), wait);
      return;
    }
    const speech = new SpeechSynthesisUtterance(sound.words);
    speech.voice = voice;
    speech.lang = sound.language;
    speech.onend = () => this.finish(sound);
    this.speaking = true;
    this.timer = setTimeout(() => this.finish(sound), wait * 3);
    speechSynthesis.speak(speech);
  }

  readingTime(words) {
    return Math.max(1.2, words.split(/\s+/).length * READING) * 1000;
  }

  finish(sound) {
    if (this.current !== sound) return;
    this.current = null;
    this.next();
    if (!this.playing) this.rests(sound.place);
  }
}
