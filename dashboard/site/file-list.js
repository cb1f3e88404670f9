/** The table of uploaded files: <file-list></file-list>. Asks again on every "files-changed" event. */
import { call } from "./api.js";
import { announce, badge, make, named, readableSize, readableTime } from "./dom.js";

const PAGE = 50; // rows asked for at once
const MOST = 100; // rows the API gives at once
const TYPING = 250; // milliseconds without a key before the API is asked about a prefix

class FileList extends HTMLElement {
  #files = [];
  #next = null;
  #problem = null;
  #chosen = null;
  #asking = null;

  connectedCallback() {
    this.#build();
    document.addEventListener("files-changed", () => this.reload());
    document.addEventListener("file-chosen", ({ detail }) => this.#mark(detail.key));
    this.reload();
  }

  /** Ask for as many rows as are shown now, from the top. */
  reload() {
    return this.#load([], null, Math.max(PAGE, this.#files.length));
  }

  more() {
    return this.#load(this.#files, this.#next, this.#files.length + PAGE);
  }

  async #load(files, next, wanted) {
    this.#asking?.abort(); // only the latest question counts
    const { signal } = (this.#asking = new AbortController());
    this.setAttribute("aria-busy", "true");
    try {
      do {
        const query = { prefix: this.#prefix, limit: Math.min(MOST, wanted - files.length), next };
        const page = await call("GET", "/files", { query, signal });
        files = [...files, ...page.files];
        next = page.next;
      } while (next && files.length < wanted);
      this.#files = files;
      this.#next = next;
      this.#problem = null;
    } catch (error) {
      if (signal.aborted) return;
      this.#problem = error.message;
    }
    this.removeAttribute("aria-busy");
    this.#show();
  }

  /** What holds a slash is the beginning of an object key, and the API looks for it. The rest looks at names, here. */
  get #prefix() {
    return this.filter.value.includes("/") ? this.filter.value.trimStart() : "";
  }

  #matching() {
    const wanted = this.#prefix ? "" : this.filter.value.trim().toLocaleLowerCase();
    return this.#files.filter((file) => file.name.toLocaleLowerCase().includes(wanted));
  }

  #build() {
    this.heading = make("h2", { tabIndex: -1, id: "files-heading" }, "Files");
    this.again = make("button", { type: "button", class: "quiet", onclick: () => this.reload() }, "Reload");
    this.filter = make("input", { type: "search", id: "filter", autocomplete: "off", placeholder: "name, or incoming/\u2026" });
    this.filter.addEventListener("input", () => this.#filtered());
    this.body = make("tbody");
    this.table = make("table", { "aria-labelledby": "files-heading" }, columns(), this.body);
    this.note = make("p", { class: "note" }, "Loading the files\u2026");
    this.alert = make("p", { class: "problem", role: "alert", hidden: true });
    this.moreButton = make("button", { type: "button", hidden: true, onclick: () => this.more() }, "Load more");
    this.table.hidden = true;
    this.append(
      make("div", { class: "card-head" }, this.heading, this.again),
      make("div", { class: "field" }, make("label", { htmlFor: "filter" }, "Filter"), this.filter),
      this.alert,
      this.table,
      make("div", { class: "list-foot" }, this.note, this.moreButton),
    );
  }

  #filtered() {
    clearTimeout(this.typing);
    const asks = this.#prefix !== (this.askedPrefix ?? "");
    this.askedPrefix = this.#prefix;
    if (asks) this.typing = setTimeout(() => this.reload(), TYPING);
    else this.#show();
  }

  #show() {
    const focused = this.body.contains(document.activeElement) && document.activeElement.closest("tr").key;
    const files = this.#matching();
    this.body.replaceChildren(...files.map((file) => this.#row(file)));
    this.table.hidden = files.length === 0;
    this.moreButton.hidden = !this.#next;
    this.alert.hidden = !this.#problem;
    if (this.alert.textContent !== this.#problem) this.alert.textContent = this.#problem;
    this.note.textContent = this.#count(files.length);
    this.#mark(this.#chosen);
    if (focused) this.focusOn(focused);
  }

  #count(shown) {
    const loaded = this.#files.length;
    const more = this.#next ? " so far; there are more" : "";
    if (this.#problem) return loaded ? "These are the files of a moment ago." : "";
    if (this.filter.value.trim()) return `${shown} of ${loaded} ${loaded === 1 ? "file matches" : "files match"}${more}.`;
    if (!loaded) return "No files yet. Upload the first one, and it appears here.";
    return `${loaded} ${loaded === 1 ? "file" : "files"}${more}.`;
  }

  #row(file) {
    const choose = () => announce("file-chosen", { key: file.object_key });
    const name = make("button", { type: "button", class: "choose", onclick: choose }, badge(file.name), named(file.name));
    const row = make(
      "tr",
      {},
      make("th", { scope: "row" }, name),
      make("td", { class: "number" }, readableSize(file.size)),
      make("td", { class: "wide", title: file.content_type }, file.content_type),
      make("td", { class: "wide time" }, readableTime(file.uploaded_at)),
    );
    row.key = file.object_key;
    return row;
  }

  #mark(key) {
    this.#chosen = key;
    for (const row of this.body.rows) {
      row.classList.toggle("chosen", row.key === key);
      row.querySelector("button").setAttribute("aria-current", String(row.key === key));
    }
  }

  /** Put the focus on a file's row, or on the heading where that row is gone. */
  focusOn(key) {
    const row = [...this.body.rows].find((candidate) => candidate.key === key);
    (row?.querySelector("button") ?? this.heading).focus();
  }
}

function columns() {
  const names = [["Name"], ["Size", "number"], ["Type", "wide"], ["Uploaded", "wide time"]];
  const heads = names.map(([name, look = ""]) => make("th", { scope: "col", class: look }, name));
  return make("thead", {}, make("tr", {}, ...heads));
}

customElements.define("file-list", FileList);
