// The words of the page in the language that was chosen; the catalogue is words.json.

const response = await fetch(new URL("words.json", import.meta.url));
const catalogue = await response.json();
let language = document.documentElement.lang in catalogue ? document.documentElement.lang : "en";

export function say(key, values = {}) {
  const text = catalogue[language][key] ?? key;
  return text.replace(/\{(\w+)\}/g, (hole, name) => values[name] ?? hole);
}

export function knows(key) {
  return key in catalogue[language];
}

export function parts(n) {
  return n === 1 ? say("parts.one") : say("parts.many", { n });
}

// The hotline's time, wherever the browser is.
const timeZone = document.body.dataset.zone;

export function hour(moment) {
  return moment.toLocaleTimeString("en-GB", { timeZone, hour: "2-digit", minute: "2-digit" });
}

export function day(moment) {
  return moment.toLocaleDateString("en-GB", { timeZone, day: "2-digit", month: "short", year: "numeric" });
}

// Urdu and Punjabi letters want their own font and line height.
export function languageOf(text) {
  return /[\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff]/.test(text) ? "ur" : "en";
}

export function otherLanguage() {
  return say("language.switch.to");
}

export function speak(chosen) {
  if (!(chosen in catalogue)) return;
  language = chosen;
  const page = document.documentElement;
  page.lang = chosen;
  page.dir = say("language.direction");
  document.title = say("page.title");
  for (const element of document.querySelectorAll("[data-word]")) element.textContent = say(element.dataset.word);
  for (const element of document.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", say(element.dataset.label));
  }
  for (const element of document.querySelectorAll("[data-placeholder]")) {
    element.placeholder = say(element.dataset.placeholder);
  }
}
