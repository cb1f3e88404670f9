/** Calls to the HTTP API, and the one call that goes around it: the upload straight to S3. */

/** What went wrong, in a sentence for a person. `status` is 0 where no answer could be read. */
export class Refusal extends Error {
  constructor(message, status = 0) {
    super(message);
    this.status = status;
  }
}

let address;

/** The API's address. The frontend layer writes it into config.json, beside this page, when it deploys. */
export function apiUrl() {
  address ??= readConfig().catch((error) => {
    address = undefined; // the next call may ask again
    throw error;
  });
  return address;
}

async function readConfig() {
  let answer;
  try {
    answer = await fetch("config.json", { cache: "no-store" });
  } catch {
    throw new Refusal(`${location.origin} no longer answers. Is the network up, and does the site still exist?`);
  }
  const config = answer.ok ? await answer.json().catch(() => ({})) : {};
  if (/^https?:\/\/./.test(config.apiUrl)) return config.apiUrl.replace(/\/+$/, "");
  const found = answer.ok ? "names no apiUrl" : `answers ${answer.status}`;
  throw new Refusal(`config.json beside this page ${found}, so the page cannot find its API. Deploy the frontend layer again.`);
}

/** call("GET", "/files", { query: { limit: 50 } }) gives the answer's JSON; whatever is not 2xx is a Refusal. */
export async function call(method, path, { query = {}, body, signal } = {}) {
  const base = await apiUrl();
  const asked = new URLSearchParams(Object.entries(query).filter(([, value]) => value));
  const request = { method, signal, cache: "no-store" };
  if (body) Object.assign(request, { body: JSON.stringify(body), headers: { "content-type": "application/json" } });

  let answer, text;
  try {
    answer = await fetch(`${base}${path}${asked.size ? `?${asked}` : ""}`, request);
    text = await answer.text();
  } catch (error) {
    throw error.name === "AbortError" ? error : new Refusal(unreachable("the API", base, "the API's CORS settings"));
  }
  if (answer.ok) return text ? JSON.parse(text) : null;
  throw new Refusal(inWords(answer.status, text), answer.status);
}

/**
 * The path of one file. Each part of the key is encoded by itself, so that "/" stays and "+" and "#" survive.
 * An HTTP API decodes a path twice and cuts it at a "?" in between, so these two are encoded once more.
 */
export function filePath(key) {
  const guarded = key.replace(/[%?]/g, encodeURIComponent);
  return `/files/${guarded.split("/").map(encodeURIComponent).join("/")}`;
}

/** Send a file where its ticket says. XMLHttpRequest, because fetch cannot tell how far an upload has come. */
export function put(ticket, file, { signal, onProgress }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const { origin } = new URL(ticket.url);
    request.open(ticket.method, ticket.url);
    for (const [name, value] of Object.entries(ticket.headers)) {
      if (!["content-length", "host"].includes(name.toLowerCase())) request.setRequestHeader(name, value); // the browser's own
    }
    request.upload.onprogress = ({ loaded, total }) => onProgress(loaded / total);
    request.onload = () => (request.status < 300 ? resolve() : reject(new Refusal(s3InWords(request), request.status)));
    request.onerror = () => reject(new Refusal(unreachable("S3", origin, "the upload bucket's CORS rules")));
    request.onabort = () => reject(new DOMException("Cancelled", "AbortError"));
    signal.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}

/** Our functions say {"error": {"code", "message"}}; API Gateway itself says {"message"}. */
function inWords(status, text) {
  let said = {};
  try {
    said = JSON.parse(text) ?? {};
  } catch {
    // not JSON: the status has to do
  }
  const message = said.error?.message ?? said.message ?? "The API gave no reason.";
  return `${message} (${[status, said.error?.code].filter(Boolean).join(" ")})`;
}

/** S3 answers in XML: <Error><Code>AccessDenied</Code><Message>Request has expired</Message>... */
function s3InWords(request) {
  const part = (name) => request.responseXML?.querySelector(name)?.textContent;
  const said = part("Message") ?? "S3 gave no reason.";
  const advice = /expired/i.test(said) ? " The ticket was too old: try again for a new one." : "";
  return `S3 refused the upload: ${said} (${[request.status, part("Code")].filter(Boolean).join(" ")})${advice}`;
}

/** A script is not told why a request failed, so that pages cannot probe networks. Only the console says. */
function unreachable(who, where, settings) {
  if (!navigator.onLine) return "This computer is offline. Try again once the network is back.";
  return (
    `The browser could not reach ${who} at ${where}. If the console says CORS, ${settings} do not allow this page's origin, ` +
    `${location.origin}. Otherwise ${who} is down, or the network is.`
  );
}
