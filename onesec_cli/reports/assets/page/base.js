/* What every part of the page is made of: the data, elements of text, tables, long lists that are made when they are opened. */
const data = JSON.parse(document.getElementById("data").textContent);
const LEVELS = ["informational", "low", "medium", "high", "critical"];
const PAGE = 100, NARROW = 4;
const byId = new Map(data.alerts.map((alert) => [alert.id, alert]));
const at = (id) => document.getElementById(id);
const number = (value) => value.toLocaleString("en-US");

/* An element with text and children: text nodes only, so that nothing that a log says is markup. */
function make(name, options = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(options)) {
    if (key === "click") element.addEventListener("click", value);
    else element.setAttribute(key, value);
  }
  element.append(...children.map((child) => (child instanceof Node ? child : String(child))));
  return element;
}
const level = (name) => make("span", { class: "level " + name }, name);
const hint = (...told) => make("div", { class: "hint" }, ...told);
const list = (items) => make("ul", {}, ...items.map((item) => make("li", {}, item)));
/* A name of a log stands apart: one that is written from right to left does not turn round what follows. */
const name = (text) => make("bdi", {}, text);
const names = (texts) => texts.flatMap((text, index) => (index ? [", ", name(text)] : [name(text)]));
const short = (text, length) => (text.length > length ? text.slice(0, length - 1) + "\u2026" : text);
const isolated = (text) => "\u2068" + text + "\u2069";
/* Cut in the middle: names that begin alike end differently. */
function middle(text, length) {
  if (text.length <= length) return isolated(text);
  return isolated(text.slice(0, Math.ceil(length * 0.55))) + "\u2026" + isolated(text.slice(-Math.floor(length * 0.4)));
}
const counted = (count, one, many) => number(count) + " " + (count === 1 ? one : many);
const named = (code) => (data.names[code] ? code + " " + data.names[code] : code);
function lasting(seconds) {
  if (seconds < 120) return number(seconds) + " s";
  const minutes = Math.floor(seconds / 60), hours = Math.floor(minutes / 60);
  if (minutes < 120) return minutes + " min";
  return hours < 48 ? hours + " h " + (minutes % 60) + " min" : Math.floor(hours / 24) + " days " + (hours % 24) + " h";
}
const link = (text, click) => make("button", { type: "button", class: "link", click }, text);
const placeOf = (one) => one.file + ":" + one.line;
function pairs(rows) {
  const told = make("dl");
  for (const [title, value] of rows)
    if (value !== "" && value !== null && value !== undefined) told.append(make("dt", {}, title), make("dd", {}, value));
  return told;
}
/* What is wider than a narrow window scrolls by itself, by keyboard too. */
const wide = (title, ...children) => make("div", { class: "wide", tabindex: "0", role: "region", "aria-label": title }, ...children);
function table(caption, heads, rows, kind = "") {
  const head = make("tr", {}, ...heads.map((title) => make("th", { scope: "col" }, title)));
  const lines = rows.map((row) => make("tr", {}, ...row.map((cell) => make("td", {}, cell))));
  const whole = make("table", { class: kind }, make("caption", { class: "quiet" }, caption), make("thead", {}, head), make("tbody", {}, ...lines));
  return heads.length > NARROW ? wide(caption, whole) : whole;
}
/* A long list, made when it is opened; for print that is before its own event tells of it. */
const fills = new Map();
function unfold(box) {
  box.open = true;
  if (box.childElementCount === 1 && fills.has(box)) box.append(fills.get(box)());
}
function folded(title, fill) {
  const box = make("details", {}, make("summary", {}, title));
  fills.set(box, fill);
  box.addEventListener("toggle", () => { if (box.open) unfold(box); });
  return box;
}
/* A colour of the style as a canvas takes it, those of a forced palette too. */
const probe = at("verdict").appendChild(make("span", { class: "probe" }));
function ink(role) {
  probe.style.color = "var(" + role + ")";
  return getComputedStyle(probe).color;
}
