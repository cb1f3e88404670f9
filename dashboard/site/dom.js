/** Small tools to write a page with. Text is always text: nothing here, or anywhere else, makes HTML of it. */

/** make("button", { type: "button", onclick: save }, "Save") */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in element) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

const UNSEEN = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu; // controls, and marks that turn text around

/**
 * A name somebody else chose. <bdi> keeps right-to-left letters from rearranging the text around it, and what could
 * make "gpj.exe" read as "exe.jpg" is shown as \ufffd.
 */
export function named(name) {
  return make("bdi", { class: "name" }, name.replace(UNSEEN, "\ufffd"));
}

export function announce(event, detail) {
  document.dispatchEvent(new CustomEvent(event, { detail }));
}

export function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** 1536 becomes "1.5 KiB". */
export function readableSize(bytes) {
  const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
  const power = bytes < 1024 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  const number = bytes / 1024 ** power;
  if (power === 0) return `${number} ${number === 1 ? "byte" : "bytes"}`;
  return `${number.toLocaleString("en", { maximumFractionDigits: number < 10 ? 1 : 0 })} ${units[power]}`;
}

/** A moment in the reader's own time zone; hover, or ask the element, for the exact one. */
export function readableTime(moment) {
  const date = new Date(moment);
  if (Number.isNaN(date.getTime())) return String(moment);
  const text = date.toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
  return make("time", { dateTime: date.toISOString(), title: date.toISOString() }, text);
}

/** "holiday.tar.gz" becomes "GZ": the badge beside a name. */
export function badge(name) {
  const ending = /\.([A-Za-z0-9]{1,4})$/.exec(name)?.[1] ?? "file";
  return make("span", { class: "badge", "aria-hidden": "true" }, ending.toUpperCase());
}
