// The twelve keys outside a call: letters by pressing a key again and again, as on every basic phone.

const LETTERS = {
  1: ".,?!1", 2: "abc2", 3: "def3", 4: "ghi4", 5: "jkl5", 6: "mno6",
  7: "pqrs7", 8: "tuv8", 9: "wxyz9", "*": "+*", 0: " 0",
};
const MODES = ["Abc", "ABC", "abc", "123"];
const AGAIN = 900; // milliseconds within which the same key means the next letter

export class Keypad {
  constructor(field, mode) {
    this.field = field;
    this.mode = mode;
    this.style = "ABC";
    this.last = null;
  }

  press(key) {
    if (key === "#") {
      this.style = MODES[(MODES.indexOf(this.style) + 1) % MODES.length];
      this.last = null;
      this.show();
      return;
    }
    this.show();
    if (this.style === "123") {
      this.insert(key, false);
      return;
    }
    const now = performance.now();
    const again = this.last?.key === key && now - this.last.at < AGAIN;
    const turn = again ? this.last.turn + 1 : 0;
    const letter = LETTERS[key][turn % LETTERS[key].length];
    this.insert(this.cased(letter, again), again);
    this.last = { key, at: now, turn };
  }

  cased(letter, again) {
    const before = this.field.value.slice(0, again ? -1 : undefined);
    const begins = before === "" || /[.?!]\s$/.test(before);
    return this.style === "ABC" || (this.style === "Abc" && begins) ? letter.toUpperCase() : letter;
  }

  insert(letter, replaces) {
    this.field.value = this.field.value.slice(0, replaces ? -1 : undefined) + letter;
    this.changed();
  }

  back() {
    this.last = null;
    this.field.value = [...this.field.value].slice(0, -1).join("");
    this.changed();
  }

  show() {
    this.mode.hidden = false;
    this.mode.textContent = this.style;
  }

  changed() {
    this.field.dispatchEvent(new Event("input"));
  }
}
