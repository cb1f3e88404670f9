/** Which origin this page has, and which API it calls: <where-from></where-from>. CORS is about these two. */
import { apiUrl } from "./api.js";
import { make } from "./dom.js";

class WhereFrom extends HTMLElement {
  async connectedCallback() {
    const api = await apiUrl().catch(() => "not known");
    this.replaceChildren(
      make("span", {}, "This page comes from ", make("code", {}, location.origin)),
      make("span", {}, "and calls the API at ", make("code", {}, api)),
    );
  }
}
customElements.define("where-from", WhereFrom);
