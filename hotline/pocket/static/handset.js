// One phone with the person who holds it.

import { post } from "./api.js";
import { CallScreen } from "./callscreen.js";
import { Keypad } from "./keypad.js";
import { Thread } from "./thread.js";
import * as tones from "./tones.js";
import { say } from "./words.js";

const NUMBER = /^\+[1-9][0-9]{7,14}$/;

export class Handset {
  // `unreachable(problem)` is told when the carrier does not answer, and with null when it does again.
  constructor(root, { unreachable }) {
    const find = (name) => root.querySelector(name);
    this.root = root;
    this.name = root.dataset.phone;
    this.unreachable = unreachable;
    this.fresh = true;
    this.unwanted = false;
    this.line = Promise.resolve();
    this.parts = {
      number: find(".own-number"), bad: find(".bad"), save: find(".save"), messages: find(".messages"),
      form: find(".compose"), field: find("textarea"), notice: find(".notice"),
      green: find(".green"), red: find(".red"), back: find(".back"),
    };
    this.thread = new Thread(find(".thread"));
    this.keypad = new Keypad(this.parts.field, find(".mode"));
    this.screen = new CallScreen(find(".call"), {
      told: (move, body) => this.move(move, body),
      left: () => this.arrange(),
    });
    this.number = this.remembered() ?? this.parts.number.value;
    this.parts.number.value = this.number;
    this.listen();
    this.arrange();
  }

  listen() {
    const { parts, root } = this;
    parts.number.addEventListener("input", () => this.renumber());
    parts.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send(parts.field.value);
    });
    parts.field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.send(parts.field.value);
    });
    parts.field.addEventListener("input", () => this.grow());
    parts.green.addEventListener("click", () => this.green());
    parts.red.addEventListener("click", () => this.red());
    parts.back.addEventListener("click", () => this.keypad.back());
    for (const key of root.querySelectorAll("[data-key]")) key.addEventListener("click", () => this.key(key.dataset.key));
    for (const chip of root.querySelectorAll("[data-hint]")) chip.addEventListener("click", () => this.send(chip.dataset.hint));
    for (const way of root.querySelectorAll("[data-outcome]")) {
      way.addEventListener("click", () => this.move("dialled", { outcome: way.dataset.outcome }));
    }
    root.querySelector(".missed").addEventListener("click", () => this.missedCall());
    root.querySelector(".phone").addEventListener("keydown", (event) => this.typed(event));
  }

  // --- what the carrier says ---

  show(phone) {
    const arrived = this.thread.show(phone.texts);
    if (arrived) tones.arrived();
    if (!this.unwanted) this.screen.show(phone.call, this.fresh);
    this.fresh = false;
    this.arrange();
    return arrived || this.screen.rings;
  }

  // Which of the two views is on the screen, and what the keys beside it do.
  arrange() {
    const { parts, screen } = this;
    const back = parts.messages.hidden && !screen.open;
    parts.messages.hidden = screen.open;
    parts.red.disabled = !screen.open;
    parts.back.disabled = screen.open;
    parts.green.disabled = screen.open && !screen.rings;
    this.label(parts.green, screen.rings ? "key.answer" : "key.call");
    this.label(parts.red, screen.rings ? "key.refuse" : "key.hang_up");
    parts.save.href = `/phone/api/dialogue?phone=${encodeURIComponent(this.number)}`;
    if (back) this.thread.toEnd();
  }

  label(button, key) {
    button.dataset.label = key;
    button.setAttribute("aria-label", say(key));
  }

  // --- what the person does ---

  async send(body) {
    const { parts } = this;
    if (!body.trim() || this.sending) return;
    if (this.screen.open && !this.screen.active) this.screen.leave();
    this.sending = true;
    parts.form.classList.add("sending");
    this.notice("compose.sending");
    if (parts.field.value === body) parts.field.value = "";
    this.grow();
    const told = await this.ask("/phone/api/text", { number: this.number, body });
    this.sending = false;
    parts.form.classList.remove("sending");
    this.notice(null);
    if (!told) {
      parts.field.value ||= body;
      this.grow();
      return;
    }
    this.thread.show(told.phone.texts);
    if (told.trouble) this.thread.trouble("text.trouble", { code: told.trouble });
  }

  async green() {
    tones.wake();
    if (this.screen.rings) {
      this.move("answer", {});
      return;
    }
    if (this.screen.active) return;
    this.screen.dialling();
    this.arrange();
    this.root.querySelector(".phone").scrollIntoView({ block: "nearest" });
    this.parts.red.focus();
    const call = await this.ask("/phone/api/call", { number: this.number });
    if (call && this.unwanted) {
      this.screen.dismissed.add(call.sid);
      await this.post(call.sid, "hang_up", {});
    } else if (call) {
      this.shown(call);
    } else {
      this.screen.giveUp();
    }
    this.unwanted = false;
  }

  // A call that was given up before the hotline had answered has no name yet: it is hung up as soon as it has one.
  red() {
    if (this.screen.active && this.screen.call.sid === "") this.unwanted = true;
    this.screen.hangUp();
    this.arrange();
    if (!this.screen.open) this.parts.green.focus();
  }

  key(name) {
    tones.wake();
    tones.key(name);
    if (this.screen.open) this.screen.press(name);
    else this.keypad.press(name);
  }

  // The keyboard's digits are the phone's keys, unless something is being written.
  typed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target === this.parts.field) return;
    const key = this.root.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (!key) return;
    event.preventDefault();
    key.classList.add("down");
    setTimeout(() => key.classList.remove("down"), 120);
    this.key(event.key);
  }

  async missedCall() {
    tones.wake();
    tones.calling();
    const call = await this.ask("/phone/api/missed", { number: this.number });
    if (!call) return;
    this.screen.dismissed.add(call.sid);
    this.notice("tool.missed.done", 6000);
  }

  // Moves of a call are told in the order in which they were made.
  move(move, body) {
    const { sid } = this.screen.call;
    this.line = this.line.then(() => this.post(sid, move, body));
    return this.line;
  }

  async post(sid, move, body) {
    if (!sid) return;
    const call = await this.ask(`/phone/api/call/${sid}/${move}`, body);
    if (call) this.shown(call);
  }

  shown(call) {
    this.screen.show(call, false);
    this.arrange();
  }

  async ask(path, body) {
    try {
      const told = await post(path, body);
      this.unreachable(null);
      return told;
    } catch (problem) {
      this.unreachable(problem);
      return null;
    }
  }

  // --- small things ---

  notice(key, milliseconds = 0) {
    const { notice } = this.parts;
    clearTimeout(this.noticeTimer);
    notice.hidden = key === null;
    if (key === null) return;
    notice.dataset.word = key;
    notice.textContent = say(key);
    if (milliseconds) this.noticeTimer = setTimeout(() => this.notice(null), milliseconds);
  }

  grow() {
    const { field } = this.parts;
    field.style.setProperty("height", "");
    if (field.value) field.style.setProperty("height", `${Math.min(field.scrollHeight + 2, 96)}px`);
  }

  renumber() {
    const { parts } = this;
    const number = parts.number.value.replace(/[\s-]/g, "");
    const good = NUMBER.test(number);
    parts.bad.hidden = good;
    parts.number.setAttribute("aria-invalid", String(!good));
    if (!good || number === this.number) return;
    this.number = number;
    this.fresh = true;
    this.thread.clear();
    localStorage.setItem(`hotline.phone.${this.name}`, number);
    this.arrange();
  }

  remembered() {
    const number = localStorage.getItem(`hotline.phone.${this.name}`);
    return NUMBER.test(number ?? "") ? number : null;
  }

  mute(quiet) {
    this.screen.player.mute(quiet);
  }

  translate() {
    this.thread.translate();
    this.screen.translate();
    this.arrange();
  }
}
