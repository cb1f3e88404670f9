/** A question in the page: <confirm-dialog></confirm-dialog>, then `if (await confirmed("Delete it?", "Delete"))`. */
import { make } from "./dom.js";

class ConfirmDialog extends HTMLElement {
  connectedCallback() {
    this.question = make("p", { id: "confirm-question" });
    this.yes = make("button", { type: "button", class: "danger", onclick: () => this.dialog.close("yes") });
    const no = make("button", { type: "button", autofocus: true, onclick: () => this.dialog.close("") }, "Keep it");
    this.dialog = make(
      "dialog",
      { "aria-labelledby": "confirm-question", role: "alertdialog" },
      this.question,
      make("div", { class: "actions" }, no, this.yes),
    );
    this.append(this.dialog);
  }

  /** True once the reader agrees; false for "Keep it" and Escape. The browser returns the focus to where it was. */
  ask(question, verb) {
    this.question.replaceChildren(...question);
    this.yes.textContent = verb;
    this.dialog.returnValue = "";
    this.dialog.showModal();
    return new Promise((resolve) => {
      this.dialog.addEventListener("close", () => resolve(this.dialog.returnValue === "yes"), { once: true });
    });
  }
}
customElements.define("confirm-dialog", ConfirmDialog);

/** `question` is a list of texts and nodes; `verb` names the button that agrees. */
export function confirmed(question, verb) {
  return document.querySelector("confirm-dialog").ask(question, verb);
}
