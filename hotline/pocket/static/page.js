// The page: two phones, one clock, one language, and a look at the carrier now and then.

import { get, post } from "./api.js";
import { Handset } from "./handset.js";
import * as tones from "./tones.js";
import { day, hour, otherLanguage, say, speak } from "./words.js";

const LOOK_EVERY = 800; // milliseconds
const LOOK_RARELY = 4000; // while nobody sees the page

const find = (name) => document.querySelector(name);
const desk = find(".desk");
const trouble = find("#trouble");
let version = "";
let clock = { now: Date.now(), read: Date.now(), offset: 0 };
let muted = false;

const phones = [...document.querySelectorAll(".person")].map((root) => new Handset(root, { unreachable }));

function unreachable(problem) {
  trouble.hidden = problem === null;
  trouble.textContent = problem === null ? "" : say("net.trouble");
}

// --- the carrier ---

async function look() {
  const numbers = phones.map((phone) => phone.number);
  const query = new URLSearchParams([...numbers.map((number) => ["phone", number]), ["version", version]]);
  try {
    const state = await get(`/phone/api/state?${query}`);
    unreachable(null);
    if (state) {
      version = state.version;
      setClock(state);
      for (const phone of phones) if (phone.number in state.phones) mark(phone, phone.show(state.phones[phone.number]));
    }
  } catch (problem) {
    unreachable(problem);
  }
  setTimeout(look, document.hidden ? LOOK_RARELY : LOOK_EVERY);
}

// --- the clock ---

function setClock({ now, offset }) {
  clock = { now: Date.parse(now), read: Date.now(), offset };
  drawClock();
}

function drawClock() {
  const now = new Date(clock.now + Date.now() - clock.read);
  find(".clock-time").textContent = `${day(now)}, ${hour(now)}`;
  for (const status of document.querySelectorAll(".status-time")) status.textContent = hour(now);
  const hours = Math.round(clock.offset / 3600);
  const ahead = say("clock.ahead", { days: Math.floor(hours / 24), hours: hours % 24 });
  find(".clock-offset").textContent = hours ? ahead : say("clock.real");
}

async function moveClock(seconds) {
  try {
    setClock(await post("/phone/api/clock", { seconds: seconds ? clock.offset + seconds : 0 }));
  } catch (problem) {
    unreachable(problem);
  }
}

for (const button of document.querySelectorAll("[data-move]")) {
  button.addEventListener("click", () => moveClock(Number(button.dataset.move)));
}
setInterval(drawClock, 5000);

// --- which phone is shown on a narrow screen; a dot marks the other where something has come ---

function shows(name) {
  desk.dataset.shown = name;
  for (const button of document.querySelectorAll("[data-show]")) {
    const chosen = button.dataset.show === name;
    button.setAttribute("aria-pressed", String(chosen));
    if (chosen) button.querySelector(".dot").hidden = true;
  }
  for (const phone of phones) phone.thread.toEnd();
}

function mark(phone, something) {
  if (something && desk.dataset.shown !== phone.name) find(`[data-show="${phone.name}"] .dot`).hidden = false;
}

for (const button of document.querySelectorAll("[data-show]")) {
  button.addEventListener("click", () => shows(button.dataset.show));
}

// --- language and sound ---

function choose(language) {
  speak(language);
  find(".language").lang = otherLanguage();
  for (const phone of phones) phone.translate();
  drawClock();
  localStorage.setItem("hotline.language", language);
}

find(".language").addEventListener("click", () => choose(otherLanguage()));

find(".sound").addEventListener("click", (event) => {
  const button = event.currentTarget;
  muted = !muted;
  tones.mute(muted);
  for (const phone of phones) phone.mute(muted);
  button.setAttribute("aria-pressed", String(!muted));
  button.dataset.label = muted ? "sound.off" : "sound.on";
  button.setAttribute("aria-label", say(button.dataset.label));
  const use = button.querySelector("use");
  use.setAttribute("href", use.getAttribute("href").replace(/#.*/, muted ? "#mute" : "#sound"));
});

document.addEventListener("pointerdown", tones.wake, { once: true });

const remembered = localStorage.getItem("hotline.language");
if (remembered && !new URLSearchParams(location.search).has("lang")) choose(remembered);
drawClock();
await look();
document.documentElement.dataset.ready = "yes";
