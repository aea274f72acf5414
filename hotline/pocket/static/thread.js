// The messages on a phone's screen.

import { hour, languageOf, parts, say } from "./words.js";

const ABOVE = 10; // pixels kept free above a text that fills the screen
const ALPHABET = { gsm: "GSM-7", ucs2: "UCS-2" };

function bdi(text) {
  const element = document.createElement("bdi");
  element.textContent = text;
  return element;
}

function element(name, className, text = "") {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

export class Thread {
  constructor(list) {
    this.list = list;
    this.texts = [];
    this.shown = new Map();
    this.troubles = [];
    this.opened = false;
  }

  // Show the texts as they are now; true if one has come from the hotline that was not here before.
  show(texts) {
    const first = !this.opened;
    this.opened = true;
    const fresh = texts.filter((text) => !this.shown.has(text.sid));
    this.texts = texts;
    for (const text of fresh) this.add(text, !first);
    if (fresh.length) this.toEnd();
    return !first && fresh.some((text) => !text.mine);
  }

  add(text, isNew) {
    const item = element("li", `text${text.mine ? " mine" : ""}${isNew ? " new" : ""}`);
    const bubble = element("div", "bubble", text.body);
    bubble.dir = "auto";
    bubble.lang = languageOf(text.body);
    item.append(bubble, this.meta(text));
    this.shown.set(text.sid, item);
    this.list.append(item);
  }

  meta(text) {
    const line = element("p", "meta");
    const pieces = [parts(text.parts), ALPHABET[text.alphabet], hour(new Date(text.at))];
    pieces.forEach((piece, place) => line.append(...(place ? [" · "] : []), bdi(piece)));
    line.setAttribute("aria-label", `${say(text.mine ? "thread.you" : "thread.hotline")}: ${pieces.join(", ")}`);
    return line;
  }

  trouble(key, values) {
    const line = element("li", "trouble-line", say(key, values));
    line.setAttribute("role", "alert");
    this.troubles.push({ line, key, values });
    this.list.append(line);
    this.toEnd();
  }

  clear() {
    this.list.replaceChildren();
    this.shown.clear();
    this.troubles = [];
    this.texts = [];
    this.opened = false;
  }

  // The language of the page has changed.
  translate() {
    for (const text of this.texts) this.shown.get(text.sid)?.querySelector(".meta").replaceWith(this.meta(text));
    for (const { line, key, values } of this.troubles) line.textContent = say(key, values);
  }

  // The newest is shown, from its first line: what an agency is worth stands there.
  toEnd() {
    const newest = this.list.lastElementChild;
    if (newest) this.list.scrollTop = newest.offsetTop - this.list.offsetTop - ABOVE;
  }
}
