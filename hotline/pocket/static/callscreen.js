// A call on a phone's screen: who, how long, what is being said, what was pressed.

import { Player } from "./player.js";
import * as tones from "./tones.js";
import { knows, languageOf, say } from "./words.js";

const LINGER = 3500; // milliseconds for which the end of a call stays on the screen
const RING_EVERY = 2400;

export class CallScreen {
  // `told(move, body)` tells the carrier what the person does; `left()` is called when the screen is free again.
  constructor(root, { told, left }) {
    const find = (name) => root.querySelector(name);
    this.root = root;
    this.person = root.closest(".person");
    this.parts = {
      status: find(".call-status"), time: find(".call-time"), subtitle: find(".subtitle"),
      standIn: find(".stand-in"), dial: find(".dial"), pressed: find(".pressed"), digits: find(".digits"),
    };
    this.told = told;
    this.left = left;
    this.call = null;
    this.dismissed = new Set();
    this.player = new Player({
      begins: (sound) => this.begins(sound),
      rests: (place) => this.rests(place),
      fails: () => this.says(say("clip.trouble"), false),
    });
    this.tick = setInterval(() => this.everySecond(), 1000);
  }

  get open() {
    return !this.root.hidden;
  }

  get active() {
    return this.call !== null && !this.call.ended;
  }

  get rings() {
    return this.active && this.call.status === "ringing" && this.call.direction !== "inbound";
  }

  // The person dials: the screen shows it before the hotline has said anything.
  dialling() {
    this.call = { sid: "", status: "ringing", direction: "inbound", ended: false, waiting: "", heard: [], played: 0 };
    this.since = null;
    this.player.reset();
    this.root.hidden = false;
    this.parts.time.textContent = "";
    this.hush();
    this.digits("");
    tones.calling();
    this.draw();
  }

  // The carrier's view of the newest call of this phone; `fresh` is true when the page has only now been opened.
  show(call, fresh) {
    if (call === null || this.dismissed.has(call.sid)) return;
    if (fresh && call.ended) {
      this.dismissed.add(call.sid);
      return;
    }
    const same = this.call?.sid === call.sid;
    if (same && (this.call.ended || call.heard.length < this.call.heard.length)) return;
    if (!same) this.start(call);
    const taken = same ? call.heard.slice(this.call.heard.length).some((sound) => sound.kind === "keys") : false;
    this.call = call;
    if (call.answered && this.since === null) this.since = Date.now() - Math.max(0, call.seconds - 1) * 1000;
    this.root.hidden = false;
    if (taken || call.waiting !== "keys") this.digits("");
    this.player.take(call.heard, call.played);
    this.draw();
    if (call.ended && !this.player.playing) this.over();
  }

  start(call) {
    if (this.call?.sid !== "") {
      this.player.reset();
      this.hush();
      this.digits("");
      this.parts.time.textContent = "";
    }
    this.since = null;
    if (call.direction !== "inbound") this.ringAt = 0;
  }

  draw() {
    const { call, parts } = this;
    if (!call) return;
    parts.status.textContent = this.status();
    parts.dial.hidden = call.waiting !== "dialling" || call.ended;
    this.person.classList.toggle("rings", this.rings);
    this.person.classList.toggle("speaking", this.player.playing && this.active);
  }

  status() {
    const { call } = this;
    if (call.ended) return say(`call.${call.status}`);
    if (call.status === "ringing") return say(this.rings ? "call.incoming" : "call.calling");
    if (this.player.playing) return say("call.connected");
    if (call.waiting === "recording") return say("call.recording");
    if (call.waiting === "dialling") {
      const number = call.heard.findLast((sound) => sound.kind === "dial")?.words ?? "";
      return say("call.dialling", { number: `\u2068${number}\u2069` });
    }
    return say(call.waiting === "keys" ? "call.keys" : "call.connected");
  }

  begins(sound) {
    if (sound.kind === "record") tones.beep();
    if (sound.kind === "reject") tones.engaged();
    if (sound.kind === "trouble") {
      const key = sound.words === "loop" ? "call.loop" : "call.trouble";
      this.says(say(key, { code: sound.words }), false);
    }
    if (sound.kind === "clip" || sound.kind === "say") this.says(sound.words, sound.stand_in);
    this.draw();
  }

  rests(place) {
    this.said = true;
    this.draw();
    if (this.call.ended) this.over();
    else this.told("played", { place });
  }

  press(key) {
    if (!this.active || this.call.status === "ringing") return;
    const deaf = this.player.playing && !(this.call.waiting === "keys" && this.call.barge);
    if (deaf || this.call.waiting === "dialling") return;
    this.player.cut();
    this.said = true;
    this.digits(this.parts.digits.textContent + key);
    this.draw();
    this.told("press", { keys: key });
  }

  // The red key: refuse, hang up, or clear the screen of a call that is over.
  hangUp() {
    if (!this.call) return;
    if (this.call.ended) {
      this.leave();
      return;
    }
    const move = this.rings ? "refuse" : "hang_up";
    this.player.cut();
    if (this.call.sid) this.told(move, {});
    this.call = { ...this.call, ended: true, status: "completed", waiting: "" };
    this.draw();
    this.over();
  }

  over() {
    this.dismissed.add(this.call.sid);
    this.draw();
    clearTimeout(this.leaving);
    this.leaving = setTimeout(() => this.leave(), LINGER);
  }

  // The call never came about.
  giveUp() {
    this.call = null;
    this.leave();
  }

  leave() {
    clearTimeout(this.leaving);
    if (this.active) return;
    if (this.call) this.dismissed.add(this.call.sid);
    this.root.hidden = true;
    this.call = null;
    this.player.reset();
    this.person.classList.remove("rings", "speaking");
    this.left();
  }

  everySecond() {
    if (this.active && this.since !== null) {
      const seconds = Math.floor((Date.now() - this.since) / 1000);
      this.parts.time.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    }
    if (this.rings && Date.now() - (this.ringAt ?? 0) > RING_EVERY) {
      this.ringAt = Date.now();
      tones.ringing();
    }
  }

  // What was said since the person pressed a key stays above what is being said: a verdict comes in many short clips.
  says(words, standIn) {
    const { subtitle } = this.parts;
    if (this.said) this.hush();
    const piece = document.createElement("bdi");
    piece.textContent = words;
    if (!subtitle.hasChildNodes() || languageOf(words) === "ur") subtitle.lang = languageOf(words);
    subtitle.dir = subtitle.lang === "ur" ? "rtl" : "ltr"; // "auto" looks into no <bdi>: clips would stand from the left
    subtitle.append(...(subtitle.hasChildNodes() ? [" "] : []), piece);
    subtitle.parentElement.scrollTop = subtitle.offsetHeight;
    this.parts.standIn.hidden = !standIn;
  }

  hush() {
    this.said = false;
    this.parts.subtitle.replaceChildren();
    this.parts.standIn.hidden = true;
  }

  digits(text) {
    this.parts.digits.textContent = text;
    this.parts.pressed.hidden = text === "";
  }

  translate() {
    this.draw();
  }
}
