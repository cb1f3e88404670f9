/** One file on its way: a ticket, the PUT to S3, then its record. <upload-form> makes these and calls send(). */
import { call, put } from "./api.js";
import { announce, badge, make, named, pause, readableSize } from "./dom.js";
import { say } from "./status-line.js";

const PATIENCE = 10_000; // milliseconds to wait for S3's event to become a record

class UploadItem extends HTMLElement {
  settled = false;
  #cancelling = new AbortController();

  connectedCallback() {
    if (this.bar) return;
    this.setAttribute("role", "listitem");
    const { name, size } = this.file;
    this.bar = make("progress", { max: 1, value: 0, "aria-label": `Upload of ${name}` });
    this.state = make("p", { class: "state" }, `Waiting \u00b7 ${readableSize(size)}`);
    this.cancelButton = make("button", { type: "button", class: "quiet", onclick: () => this.cancel() }, "Cancel");
    this.againButton = make("button", { type: "button", class: "quiet", hidden: true, onclick: () => this.again() }, "Try again");
    for (const button of [this.cancelButton, this.againButton]) {
      button.append(make("span", { class: "unseen" }, ` the upload of ${name}`));
    }
    const buttons = make("div", {}, this.cancelButton, this.againButton);
    this.append(badge(name), named(name), buttons, make("div", { class: "how-far" }, this.bar, this.state));
  }

  /** Resolves once the bytes are in S3 or cannot be; never rejects. The wait for the record goes on by itself. */
  async send() {
    const { signal } = this.#cancelling;
    if (signal.aborted) return;
    try {
      await this.file.slice(0, 1).arrayBuffer().catch(unreadable);
      this.#tell("Asking for a ticket\u2026");
      const { name, type, size } = this.file;
      const body = { name, content_type: type || "application/octet-stream", size };
      const ticket = await call("POST", "/uploads", { body, signal });
      await put(ticket, this.file, { signal, onProgress: (part) => this.#progress(part) });
      this.#untilRecorded(ticket.object_key);
    } catch (error) {
      if (!signal.aborted) this.#settle("failed", error.message); // cancel() has said so already
    }
  }

  cancel() {
    this.#cancelling.abort();
    this.#settle("cancelled");
  }

  again() {
    this.#cancelling = new AbortController();
    this.settled = false;
    this.className = "";
    this.bar.hidden = this.cancelButton.hidden = false;
    this.bar.value = 0;
    this.againButton.hidden = true;
    this.cancelButton.focus();
    this.#tell("Waiting");
    this.dispatchEvent(new Event("upload-again", { bubbles: true }));
  }

  /** The record is written by S3's event, a moment after the PUT: ask, less and less often, until it is there. */
  async #untilRecorded(key) {
    this.bar.value = 1;
    this.cancelButton.hidden = true;
    this.#tell("Stored in S3. Waiting for its record\u2026");
    const end = Date.now() + PATIENCE;
    let recorded = false;
    try {
      for (let wait = 60; !recorded && Date.now() < end; wait = Math.min(wait * 1.6, 1_500)) {
        const { files } = await call("GET", "/files", { query: { prefix: key, limit: 1 } });
        recorded = files.some((file) => file.object_key === key);
        if (!recorded) await pause(wait);
      }
    } catch (error) {
      this.#settle("failed", `Stored in S3, but the list cannot be asked. ${error.message}`);
      return;
    }
    if (recorded) this.#settle("done");
    else this.#settle("late", "Stored in S3, but not recorded within 10 seconds. Look at the log of the index-upload function.");
    announce("files-changed");
  }

  #progress(part) {
    this.bar.value = part;
    this.#tell(`${Math.floor(part * 100)} % of ${readableSize(this.file.size)}`);
  }

  #settle(outcome, reason = "") {
    const { name } = this.file;
    const texts = { done: "Listed", cancelled: "Cancelled", late: reason, failed: reason };
    const hadFocus = this.contains(document.activeElement);
    this.settled = true;
    this.className = outcome;
    this.bar.hidden = true;
    this.cancelButton.hidden = true;
    this.againButton.hidden = !["failed", "cancelled"].includes(outcome);
    this.#tell(texts[outcome]);
    if (hadFocus && !this.againButton.hidden) this.againButton.focus();
    say(outcome === "done" ? `${name} is uploaded and listed.` : `${name}: ${texts[outcome]}`);
    this.dispatchEvent(new Event("upload-settled", { bubbles: true }));
  }

  #tell(text) {
    this.state.textContent = text;
  }
}

function unreadable() {
  throw new Error("The browser cannot read it. Is it a folder, or was it moved or changed? Choose it once more.");
}

customElements.define("upload-item", UploadItem);
