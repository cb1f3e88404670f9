/** One line that says what just happened, aloud too: <status-line></status-line>, then say("Deleted."). */
import { make } from "./dom.js";

const STAYS = 8_000;

class StatusLine extends HTMLElement {
  #timer;

  connectedCallback() {
    this.line = make("p", { role: "status" });
    this.append(this.line);
  }

  say(text) {
    clearTimeout(this.#timer);
    this.line.textContent = text;
    this.#timer = setTimeout(() => (this.line.textContent = ""), STAYS);
  }
}
customElements.define("status-line", StatusLine);

export function say(text) {
  document.querySelector("status-line")?.say(text);
}
