/** Everything about the chosen file, with Open and Delete: <file-details></file-details>. Listens for "file-chosen". */
import { call, filePath } from "./api.js";
import { confirmed } from "./confirm-dialog.js";
import { announce, make, named, readableSize, readableTime } from "./dom.js";
import { say } from "./status-line.js";

const EARLY = 10_000; // milliseconds before its end, a link counts as too old to start with

class FileDetails extends HTMLElement {
  #key = null;
  #file = null;
  #linkEnds = 0;

  connectedCallback() {
    this.#build();
    document.addEventListener("file-chosen", ({ detail }) => this.choose(detail.key));
    document.addEventListener("files-changed", () => this.#key && this.#ask());
    this.addEventListener("keydown", (event) => event.key === "Escape" && this.#key && this.close());
    this.#show();
  }

  async choose(key) {
    if (key === null) return;
    this.#key = key;
    this.#file = null;
    this.#complain("");
    this.#show();
    this.heading.focus(); // on a narrow screen this also brings the panel into view
    await this.#ask();
    this.actions.scrollIntoView({ block: "nearest" }); // the panel has grown meanwhile
  }

  /** Back to the list, where the reader came from. */
  close() {
    const key = this.#key;
    this.#key = this.#file = null;
    this.#complain("");
    this.#show();
    announce("file-chosen", { key: null });
    document.querySelector("file-list")?.focusOn(key);
  }

  async delete() {
    const file = this.#file;
    if (!(await confirmed(["Delete ", named(file.name), "? Nobody can bring it back."], "Delete"))) return;
    this.#busy(true);
    try {
      await call("DELETE", filePath(file.object_key));
    } catch (error) {
      return this.#complain(error.message);
    } finally {
      this.#busy(false);
    }
    if (this.#key === file.object_key) this.close();
    say(`Deleted ${file.name}.`);
    announce("files-changed");
  }

  /** Ask for the record, which brings a link of a few minutes to open the file with. */
  async #ask() {
    const key = this.#key;
    try {
      const file = await call("GET", filePath(key));
      if (key !== this.#key) return; // another file was chosen meanwhile
      this.#file = file;
      this.#linkEnds = Date.now() + file.expires_in * 1000 - EARLY;
      this.#complain("");
    } catch (error) {
      if (key !== this.#key) return;
      this.#file = null;
      this.#complain(error.message);
    }
    this.#show();
  }

  /** A plain link opens in a new tab that knows nothing of this one. Where it is too old, a new one is fetched first. */
  async #open(event) {
    if (Date.now() < this.#linkEnds) return;
    event.preventDefault();
    await this.#ask();
    if (this.#file) this.openLink.click(); // still part of the reader's own click, so no popup blocker minds
  }

  #build() {
    this.heading = make("h2", { tabIndex: -1 });
    this.facts = make("dl");
    this.note = make("p", { class: "note" });
    this.alert = make("p", { class: "problem", role: "alert", hidden: true });
    this.openLink = make("a", { class: "button primary", target: "_blank", rel: "noopener noreferrer" }, "Open");
    this.openLink.append(make("span", { class: "unseen" }, " in a new tab"));
    this.openLink.addEventListener("click", (event) => this.#open(event));
    this.deleteButton = make("button", { type: "button", class: "danger", onclick: () => this.delete() }, "Delete\u2026");
    this.closeButton = make("button", { type: "button", class: "quiet", onclick: () => this.close() }, "Close");
    this.actions = make("div", { class: "actions" }, this.openLink, this.deleteButton);
    this.append(
      make("div", { class: "card-head" }, this.heading, this.closeButton),
      this.note,
      this.alert,
      this.actions,
      this.facts,
    );
  }

  #show() {
    const file = this.#file;
    this.classList.toggle("idle", !this.#key);
    this.closeButton.hidden = !this.#key;
    this.facts.hidden = this.actions.hidden = !file;
    this.note.hidden = Boolean(file) || !this.alert.hidden;
    this.note.textContent = this.#key ? "Asking for its record\u2026" : "Choose a file to see its record, open it or delete it.";
    this.heading.replaceChildren(file ? named(file.name) : "Details");
    if (!file) return;
    this.openLink.href = file.open_url;
    this.facts.replaceChildren(
      ...fact("Size", `${readableSize(file.size)}${file.size < 1024 ? "" : ` (${file.size.toLocaleString("en")} bytes)`}`),
      ...fact("Type", file.content_type),
      ...fact("Uploaded", readableTime(file.uploaded_at)),
      ...fact("ETag", make("code", {}, file.etag)),
      ...fact("Object key", make("code", {}, named(file.object_key))),
    );
  }

  #busy(yes) {
    this.deleteButton.disabled = yes;
  }

  #complain(text) {
    this.alert.textContent = text;
    this.alert.hidden = !text;
  }
}

function fact(name, value) {
  return [make("dt", {}, name), make("dd", {}, value)];
}

customElements.define("file-details", FileDetails);
