/** Choose or drop files; they are sent one after the other: <upload-form></upload-form>. */
import { make } from "./dom.js";
import "./upload-item.js";

class UploadForm extends HTMLElement {
  #waiting = [];
  #sending = false;

  connectedCallback() {
    this.#build();
    this.addEventListener("upload-again", ({ target }) => this.#enqueue(target));
    this.addEventListener("upload-settled", () => this.#tidy());
    window.addEventListener("dragover", (event) => this.#hover(event, true));
    window.addEventListener("dragleave", (event) => this.#hover(event, event.relatedTarget !== null));
    window.addEventListener("drop", (event) => this.#drop(event));
    window.addEventListener("beforeunload", (event) => this.#sending && event.preventDefault()); // "Leave this page?"
  }

  /** Put files at the end of the queue. Choosing, dropping and tests all come here. */
  add(files) {
    for (const file of files) {
      const item = make("upload-item");
      item.file = file;
      this.queue.append(item);
      this.#enqueue(item);
    }
  }

  #enqueue(item) {
    if (!this.#waiting.includes(item)) this.#waiting.push(item);
    this.#tidy();
    this.#work();
  }

  async #work() {
    if (this.#sending) return;
    this.#sending = true;
    for (let item = this.#waiting.shift(); item; item = this.#waiting.shift()) await item.send();
    this.#sending = false;
  }

  #build() {
    const input = make("input", { type: "file", id: "files", multiple: true, "aria-describedby": "files-hint" });
    input.addEventListener("change", () => {
      this.add(input.files);
      input.value = ""; // so that the same file can be chosen again
    });
    this.queue = make("div", { class: "queue", role: "list", "aria-label": "Uploads" });
    this.clear = make("button", { type: "button", class: "quiet", hidden: true, onclick: () => this.#clear() }, "Clear finished");
    this.append(
      make("div", { class: "card-head" }, make("h2", {}, "Upload"), this.clear),
      make(
        "div",
        { class: "drop" },
        input,
        make("label", { class: "button primary", htmlFor: "files" }, "Choose files"),
        make("p", { id: "files-hint" }, "or drop them anywhere on this page"),
      ),
      this.queue,
    );
  }

  #hover(event, inside) {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    this.classList.toggle("dropping", inside);
  }

  #drop(event) {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    this.classList.remove("dropping");
    this.add(event.dataTransfer.files);
  }

  #tidy() {
    this.clear.hidden = ![...this.queue.children].some((item) => item.settled);
  }

  #clear() {
    for (const item of [...this.queue.children]) if (item.settled) item.remove();
    this.#tidy();
    this.querySelector("input").focus();
  }
}
customElements.define("upload-form", UploadForm);
