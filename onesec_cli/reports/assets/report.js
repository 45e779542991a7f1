
"use strict";
(() => {
const data = JSON.parse(document.getElementById("data").textContent);
const LEVELS = ["informational", "low", "medium", "high", "critical"];
const PAGE = 100, PRINTED = 1000, LANES = 24, NAMED = 60, URGENT = 8, READ = 30, NARROW = 4;
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
const list = (items) => make("ul", {}, ...items.map((item) => make("li", {}, item)));
const short = (text, length) => (text.length > length ? text.slice(0, length - 1) + "\u2026" : text);
/* Cut in the middle: names that begin alike end differently. */
const middle = (text, length) => (text.length > length ? text.slice(0, Math.ceil(length * 0.55)) + "\u2026" + text.slice(-Math.floor(length * 0.4)) : text);
const counted = (count, one, many) => number(count) + " " + (count === 1 ? one : many);
const named = (code) => (data.names[code] ? code + " " + data.names[code] : code);
const link = (text, click) => make("button", { type: "button", class: "link", click }, text);
function pairs(rows) {
  const told = make("dl");
  for (const [name, value] of rows) if (value !== "" && value !== null && value !== undefined)
    told.append(make("dt", {}, name), make("dd", {}, value));
  return told;
}
/* What is wider than a narrow window scrolls by itself, by keyboard too. */
const wide = (name, ...children) => make("div", { class: "wide", tabindex: "0", role: "region", "aria-label": name }, ...children);
function table(caption, heads, rows, kind = "") {
  const head = make("tr", {}, ...heads.map((name) => make("th", { scope: "col" }, name)));
  const lines = rows.map((row) => make("tr", {}, ...row.map((cell) => make("td", {}, cell))));
  const whole = make("table", { class: kind }, make("caption", { class: "quiet" }, caption), make("thead", {}, head), make("tbody", {}, ...lines));
  return heads.length > NARROW ? wide(caption, whole) : whole;
}
/* Graphs that were made, to draw them again in other colours or another width. */
const flows = [];
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

/* Verdict */
at("reasons").append(...data.verdict.reasons.map((reason) => make("li", {}, reason)));
for (const name of [...LEVELS].reverse())
  at("levels").append(make("li", {}, make("b", {}, number(data.counts.by_level[name] || 0)), " ", level(name)));
const seen = data.coverage;
at("span").textContent = (seen.first_event ? "Events from " + seen.first_event + " to " + seen.last_event + ". " : "")
  + number(data.counts.records) + " records, " + number(data.counts.events) + " events, " + number(data.counts.gaps) + " unreadable.";

/* Evidence of one alert */
function proof(one) {
  const state = one.intact ? "" : " the file is no longer what was judged, or could not be read again";
  const box = make("div", {}, make("p", {}, make("b", {}, one.file + ":" + one.line), " ", one.time || "undated", " ", one.role));
  if (state) box.append(make("p", { class: "warn" }, state));
  for (const caveat of one.caveats) box.append(make("p", { class: "warn" }, caveat));
  if (one.quote) box.append(make("pre", { tabindex: "0", "aria-label": "quoted record" }, one.quote));
  box.append(make("p", { class: "hint" }, "bytes " + one.offset + " to " + (one.offset + one.length) + ", sha256 " + one.sha256));
  return box;
}
function details(alert) {
  const card = data.cards[alert.rule] || {};
  const chips = make("span", {}, ...alert.entities.map((one) => make("button", { type: "button", class: "chip", title: "Search for this entity", click: () => search(one) }, one)));
  const facts = Object.entries(alert.facts || {}).map(([key, value]) => key + "=" + (typeof value === "string" ? value : JSON.stringify(value)));
  const box = make("div", {}, pairs([
    ["alert", alert.id], ["rule", alert.rule], ["seen", (alert.first_seen || "undated") + (alert.last_seen !== alert.first_seen ? " to " + alert.last_seen : "") + (alert.count > 1 ? ", " + number(alert.count) + " times" : "")],
    ["tenant", alert.tenant], ["in terms of", [...alert.asi, ...alert.attack].map(named).join(", ")],
    ["level by the rule", alert.judged_level], ["judged on", alert.judged_on], ["entities", chips],
    ["observed", facts.length ? list(facts) : ""], ["why it matters", card.why], ["what to do", card.next], ["what it misses", card.misses],
    ["baseline", data.baseline ? (alert.known ? "known" : "new") : ""],
  ]), make("h3", { class: "small" }, "Evidence"));
  box.append(...alert.evidence.map(proof));
  if (alert.evidence_total > alert.evidence.length)
    box.append(make("p", { class: "hint" }, "and " + number(alert.evidence_total - alert.evidence.length) + " more records; the JSON report lists what was kept"));
  return box;
}

/* The table of alerts: rows are made as they are reached */
let chosen = data.alerts, made = 0;
const rows = at("rows"), haystacks = new Map();
function haystack(alert) {
  let text = haystacks.get(alert);
  if (text === undefined) {
    text = [alert.id, alert.rule, alert.level, alert.title, alert.message, alert.tenant, ...alert.entities, ...alert.asi, ...alert.attack,
      ...alert.evidence.map((one) => one.file + ":" + one.line + " " + one.role + " " + one.quote)].join("\n").toLowerCase();
    haystacks.set(alert, text);
  }
  return text;
}
function toggle(button, row, alert) {
  const open = button.getAttribute("aria-expanded") === "true";
  button.setAttribute("aria-expanded", String(!open));
  if (open) row.nextElementSibling.remove();
  else row.after(make("tr", { class: "detail" }, make("td", { colspan: "4", class: "open" }, details(alert))));
}
function rowOf(alert) {
  const button = make("button", { type: "button", class: "link opens", "aria-expanded": "false" }, alert.message);
  const row = make("tr", { id: "alert-" + alert.id }, make("td", {}, level(alert.level)), make("td", {}, alert.first_seen || "undated"),
    make("td", {}, alert.rule), make("td", {}, make("b", {}, alert.title), make("br"), button));
  button.addEventListener("click", () => toggle(button, row, alert));
  return row;
}
function more(count = PAGE) {
  rows.append(...chosen.slice(made, made + count).map(rowOf));
  made = Math.min(chosen.length, made + count);
  at("more").hidden = made >= chosen.length;
}
function refresh() {
  const words = at("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  const least = LEVELS.indexOf(at("level").value), rule = at("rule").value, asi = at("asi").value, known = at("known").value;
  chosen = data.alerts.filter((alert) => LEVELS.indexOf(alert.level) >= least && (!rule || alert.rule === rule) && (!asi || alert.asi.includes(asi))
    && (!known || alert.known === (known === "known")) && words.every((word) => haystack(alert).includes(word)));
  rows.replaceChildren();
  made = 0;
  more();
  at("shown").textContent = number(chosen.length) + " of " + number(data.counts.alerts) + " alerts"
    + (data.left_total ? "; " + number(data.left_total) + " are only counted here (" + data.left + ")" : "")
    + (data.counts.withheld ? "; " + number(data.counts.withheld) + " withheld by the options of the run" : "");
}
/* Not by a reset of the form, whose answer comes later and would close what is opened now. */
function clear() { for (const id of ["search", "level", "rule", "asi", "known"]) at(id).value = ""; }
function search(text) { clear(); at("search").value = text; refresh(); at("search").focus(); }
function open(id) {
  const alert = byId.get(id);
  if (!alert) { at("shown").textContent = "Alert " + id + " is not told in this report."; return; }
  if (!chosen.includes(alert)) { clear(); refresh(); }
  const place = chosen.indexOf(alert);
  if (place >= made) more(place + 1 - made);
  const row = at("alert-" + id), button = row.querySelector("button");
  if (button.getAttribute("aria-expanded") === "false") toggle(button, row, alert);
  button.focus({ preventScroll: true });
  row.scrollIntoView({ block: "start" });
}
function options(select, values, first) {
  select.append(make("option", { value: "" }, first), ...values.map(([value, text]) => make("option", { value }, text)));
}
const tally = (values) => [...values.reduce((counts, value) => counts.set(value, (counts.get(value) || 0) + 1), new Map())].sort((a, b) => (a[0] < b[0] ? -1 : 1));
options(at("level"), [...LEVELS].reverse().map((name) => [name, name]), "any");
options(at("rule"), tally(data.alerts.map((alert) => alert.rule)).map(([rule, count]) => [rule, rule + " (" + number(count) + ")"]), "all");
options(at("asi"), tally(data.alerts.flatMap((alert) => [...new Set(alert.asi)])).map(([code, count]) => [code, named(code) + " (" + number(count) + ")"]), "all");
let waiting = 0;
at("search").addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(refresh, 120); });
for (const id of ["level", "rule", "asi", "known"]) at(id).addEventListener("change", refresh);
at("filters").addEventListener("submit", (event) => { event.preventDefault(); refresh(); });
at("filters").addEventListener("reset", () => setTimeout(refresh, 0));
at("more").addEventListener("click", () => more());
new IntersectionObserver((seenNow) => { if (seenNow.some((one) => one.isIntersecting) && made < chosen.length && made < 2000) more(); }, { rootMargin: "300px" }).observe(at("more"));
if (!data.baseline) at("known").parentElement.hidden = true;

/* What to do now: the gravest incident, and what is still open of all of them */
function urgent() {
  const [one] = data.incidents, told = new Map();
  for (const each of data.incidents) for (const step of each.containment) if (step.open && !told.has(step.action + step.target.join())) told.set(step.action + step.target.join(), step);
  const steps = [...told.values()], first = one && byId.get(one.steps[0].alert), last = one && one.steps[one.steps.length - 1];
  if (one) return [pairs([
    ["hit by", make("span", {}, level(one.level), " ", link(one.title, () => at("incident-" + one.id).scrollIntoView()), ", risk " + one.risk_score + " of 100" + (data.incidents_total > 1 ? "; " + counted(data.incidents_total - 1, "more incident", "more incidents") : ""))],
    ["began with", first ? link(first.message, () => open(first.id)) : one.steps[0].title], ["got as far as", named(last.asi) + ": " + last.title + ", " + last.time],
    ["held", counted(one.blast_radius.held_total, "access", "accesses") + ", " + number(one.blast_radius.open) + " of them open at the end of the trail"],
  ]), make("h3", {}, steps.length ? "Take away now" : "Nothing that was held is left open in the trail"), make("ol", { class: "measures" }, ...steps.slice(0, URGENT).map(measure)),
  steps.length > URGENT ? make("p", { class: "hint" }, "and " + number(steps.length - URGENT) + " more; each incident tells its own") : ""];
  const rules = new Map();
  for (const alert of data.alerts) if (!rules.has(alert.rule) && rules.size < URGENT && (alert.level === "critical" || alert.level === "high")) rules.set(alert.rule, alert);
  return [...rules.values()].map((alert) => make("div", {}, make("p", {}, level(alert.level), " ", link(alert.message, () => open(alert.id))), make("p", { class: "hint" }, (data.cards[alert.rule] || {}).next || "")));
}

/* Incidents */
/* Since when and until when an access reaches: what took it away, or the last token that lives on. */
function spans(row) {
  const ends = row.held_until !== undefined ? row.held_until : row.ended, lives = row.token_expires && row.basis !== "delegation";
  const told = ["since " + (row.since || "undated")];
  if (ends) told.push("ended " + ends);
  else if (row.status === "expired") told.push("expired " + row.token_expires);
  else told.push("open", row.token_expires ? (lives ? "token until " : "until ") + row.token_expires : "");
  if (ends && lives && row.token_expires > ends) told.push("token until " + row.token_expires);
  return told.filter(Boolean).map((one) => make("div", { class: one.startsWith("open") ? "when warn" : "when" }, one));
}
function accessRow(row) {
  const who = row.agent + (row.client && row.client !== row.agent ? " (client " + row.client + ")" : "");
  const cited = (one) => proofsOf().get(one.file + ":" + one.line);
  const cells = [who, row.user || "itself", row.place || "any", row.basis + (row.given_by ? ", given by " + row.given_by : ""), row.scopes.join(" ") || "not told"];
  return make("tr", {}, ...cells.map((cell) => make("td", {}, cell)), make("td", {}, ...spans(row)),
    make("td", { class: "hint" }, ...row.evidence.map((one) => make("div", {}, one.role + " ", cited(one) ? link(one.file + ":" + one.line, () => open(cited(one))) : one.file + ":" + one.line))));
}
/* Place of a record to the first alert that cites it. */
let proofs = null;
function proofsOf() {
  if (!proofs) {
    proofs = new Map();
    for (const alert of data.alerts) for (const one of alert.evidence) if (!proofs.has(one.file + ":" + one.line)) proofs.set(one.file + ":" + one.line, alert.id);
  }
  return proofs;
}
const ACCESS = ["Agent", "User", "Connection or API", "Rests on", "Scopes", "When", "Evidence"];
function held(radius) {
  const told = table("Held while it happened, as of " + radius.at + "; open says what was left when the trail ended, " + radius.trail_ends, ACCESS, []);
  told.querySelector("tbody").append(...radius.held.map(accessRow));
  const rest = radius.held_total - radius.held.length;
  return make("div", {}, told,
    rest ? make("p", { class: "hint" }, "and " + number(rest) + " more; onesec explain tells them all") : "",
    radius.other_users ? make("p", { class: "hint" }, "The same agents held access for " + number(radius.other_users) + " more users.") : "");
}
function measure(one) {
  return make("li", {}, make("b", { class: one.open ? "warn" : "quiet" }, one.open ? "open" : "done"), " ", make("b", {}, one.action), " ", one.target.join(", "),
    make("div", { class: "hint" }, one.reason + (one.evidence.length ? " (" + one.evidence.join(", ") + ")" : "")));
}
function contained(measures) {
  const box = make("div", {}), open = measures.filter((one) => one.open), done = measures.filter((one) => !one.open);
  if (open.length) box.append(make("h4", {}, "Take away now"), make("ul", { class: "measures" }, ...open.map(measure)));
  if (done.length) box.append(folded(number(done.length) + " already taken away in the trail", () => make("ul", { class: "measures" }, ...done.map(measure))));
  return box;
}
function scored(one) {
  return folded("Risk " + one.risk_score + " of 100: impact " + one.impact_score + ", confidence " + one.confidence_score, () =>
    table("What the scores are made of", ["Score", "Points", "Of", "Component", "Reason"], one.score.map((part) => [part.counts, part.points, part.most, part.component, part.reason]), "kinds"));
}
function graph(flow, title) {
  const row = (edge) => [edge.what, edge.source, edge.target, edge.label, make("div", {}, edge.alert && byId.has(edge.alert) ? link("alert " + edge.alert, () => open(edge.alert)) : "", edge.alert && edge.evidence ? ", " : "", edge.evidence)];
  const rows = (edges) => table(title + ": who handed what to whom" + (flow.left ? "; " + number(flow.left) + " more are left out" : ""), ["What", "From", "To", "How", "Told by"], edges.map(row), "kinds");
  const canvas = make("div", { class: "flow", role: "img", "aria-label": "Graph of " + title + ": " + number(flow.nodes.length) + " parties, " + number(flow.edges.length) + " arrows; the table that follows tells the same." });
  flows.push([canvas, flow]);
  requestAnimationFrame(() => drawFlow(canvas, flow));
  const rest = flow.more ? flow.more.length + flow.left : 0;
  const told = flow.more ? folded("The same as a table" + (rest ? ", with " + number(rest) + " more that are not drawn" : ""), () => rows([...flow.edges, ...flow.more])) : rows(flow.edges);
  return make("div", {}, wide("The graph of " + title, canvas), told);
}
function incident(one, index) {
  const joins = new Map();
  for (const join of one.joins) if (!joins.has(join.later)) joins.set(join.later, join);
  const steps = one.steps.map((step) => {
    const alert = byId.get(step.alert), join = joins.get(step.alert);
    const item = make("li", {}, step.time, " ", level(step.level), " ", named(step.asi), ": ",
      alert ? link(alert.message, () => open(step.alert)) : step.title + " (alert " + step.alert + " is not told in this report)");
    if (join) item.append(make("div", { class: "hint" }, (join.edge ? join.edge + ", " : "") + join.grade + " link" + (join.on.length ? " by " + join.on.join(", ") : " by time alone") + ", " + number(join.seconds) + " s later"));
    return item;
  });
  const box = make("article", { class: "box", id: "incident-" + one.id }, make("h3", {}, level(one.level), " ", one.title), make("p", {}, one.message), scored(one), contained(one.containment),
    make("p", { class: "hint" }, one.path + "; links at least " + one.grade + "; " + one.first_seen + " to " + one.last_seen + "; incident " + one.id),
    make("h4", {}, "What happened"), make("ol", { class: "steps" }, ...steps));
  if (one.blast_radius.held.length) box.append(folded("Blast radius: " + counted(one.blast_radius.held_total, "access was", "accesses were") + " held, " + number(one.blast_radius.open) + " left open", () => held(one.blast_radius)));
  const flow = data.flows[index];
  if (flow.edges.length) box.append(folded("Delegation and data flow: " + number(flow.nodes.length) + " parties", () => graph(flow, one.title)));
  box.append(link("Show on the timeline", () => { at("scope").value = one.id; draw(); at("timeline").scrollIntoView(); }));
  return box;
}
at("now").append(...urgent());
at("now").hidden = at("now").childElementCount < 2;
at("incident-list").append(...data.incidents.slice(0, NAMED).map(incident));
if (data.incidents.length > NAMED) at("incident-list").append(folded("and " + number(data.incidents_total - NAMED) + " more incidents", () => make("div", {}, ...data.incidents.slice(NAMED).map((one, index) => incident(one, NAMED + index)))));
if (!data.incidents.length) at("incident-list").append(make("p", {}, "No alerts are linked to an incident."));

/* The timeline: drawn on a canvas, where text is only ever pixels */
const chart = echarts.init(at("chart"), null, { renderer: "canvas" });
const SIZE = { informational: 6, low: 8, medium: 10, high: 12, critical: 15 };
const EVIDENCE = "evidence", CLOSE = 0.15;
const ORDER = ["user", "agent", "client", "session", "connection", "account", "identity", "tool", "server", "token", "ip"];
const kindOf = (entity) => { const place = ORDER.indexOf(entity.split(":", 1)[0]); return place < 0 ? ORDER.length : place; };
function lanesOf(alerts) {
  const weight = new Map();
  for (const alert of alerts) for (const one of alert.entities) weight.set(one, (weight.get(one) || 0) + 4 ** LEVELS.indexOf(alert.level));
  const all = [...weight].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map((one) => one[0]);
  const kept = all.slice(0, LANES).sort((a, b) => kindOf(a) - kindOf(b) || (a < b ? -1 : 1));
  return [[...kept, EVIDENCE], all.length - kept.length];
}
/* In an incident an alert stands where it plays its part, which may be before the act it tells of. */
function pointsOf(alerts, lanes, parts) {
  const place = new Map(lanes.map((lane, index) => [lane, index])), points = new Map(LEVELS.map((name) => [name, []])), proofs = [];
  const quoted = lanes.length - 1;
  for (const alert of alerts) {
    const when = Date.parse(parts.get(alert.id) || alert.first_seen), own = alert.entities.filter((one) => place.has(one));
    if (Number.isNaN(when)) continue;
    for (const one of own) points.get(alert.level).push({ value: [when, place.get(one)], id: alert.id });
    if (alerts.length <= 500) for (const one of alert.evidence) { const time = Date.parse(one.time); if (time && time !== when) proofs.push({ value: [time, quoted], id: alert.id, role: one.role, where: one.file + ":" + one.line }); }
  }
  return [points, proofs];
}
function joined(one, lanes) {
  const step = new Map(one.steps.map((each) => [each.alert, Date.parse(each.time)]));
  return one.joins.map((join) => {
    const lane = Math.max(0, lanes.findIndex((each) => join.on.includes(each)));
    const sure = join.grade === "certain" || join.grade === "strong";
    return { type: "line", silent: true, symbol: "none", lineStyle: { type: sure ? "solid" : "dashed", width: 2, color: ink("--accent") }, data: [[step.get(join.earlier), lane], [step.get(join.later), lane]] };
  });
}
const ink = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
function told(point) {
  const alert = byId.get(point.data.id);
  const words = point.data.role ? point.data.role + " (" + point.data.where + "), evidence of: " + alert.message : alert.level + ": " + alert.message;
  const lines = short(words, 300).match(/.{1,76}(?:\s|$)|.{1,76}/g) || [];
  return [new Date(point.data.value[0]).toISOString() + "  " + alert.rule, ...lines].join("\n");
}
function draw() {
  const one = data.incidents.find((each) => each.id === at("scope").value);
  const alerts = one ? one.steps.map((step) => byId.get(step.alert)).filter(Boolean) : data.alerts;
  const [lanes, left] = lanesOf(alerts), [points, proofs] = pointsOf(alerts, lanes, new Map(one ? one.steps.map((step) => [step.alert, step.time]) : []));
  const soft = ink("--soft"), line = ink("--line"), text = ink("--ink");
  at("lanes").textContent = left ? "The " + LANES + " entities of the gravest alerts have a lane; " + number(left) + " more stand in the alerts." : "";
  at("chart").setAttribute("aria-label", "Alerts on a time axis: " + number(alerts.length) + " alerts on " + (lanes.length - 1) + " lanes, one per entity, and one of their evidence. The lists of incidents and alerts tell the same.");
  at("chart").style.height = Math.max(16, 9 + lanes.length * 1.5) + "rem";
  chart.resize();
  /* What is shown is from the first step, or alert, to the last; older evidence is there when one zooms out. */
  const times = one ? [] : alerts.map((alert) => Date.parse(alert.first_seen)).filter((time) => !Number.isNaN(time));
  const first = one ? Date.parse(one.first_seen) : times.reduce((a, b) => Math.min(a, b), Infinity), last = one ? Date.parse(one.last_seen) : times.reduce((a, b) => Math.max(a, b), -Infinity);
  const room = Math.max(1000, (last - first) * CLOSE);
  const aside = Math.min(250, Math.round(at("chart").clientWidth * 0.3));
  const view = first <= last ? { startValue: first - room, endValue: last + room } : {};
  chart.setOption({
    animation: false, useUTC: true, backgroundColor: "transparent", textStyle: { color: text },
    legend: { top: 6, textStyle: { color: text } }, grid: { left: aside, right: 30, top: 44, bottom: 80 },
    tooltip: { renderMode: "richText", confine: true, formatter: told, backgroundColor: ink("--card"), borderColor: line, textStyle: { color: text, fontSize: 13 } },
    xAxis: { type: "time", boundaryGap: ["3%", "3%"], ...(one ? { min: (span) => Math.min(span.min, first) - room, max: (span) => Math.max(span.max, last) + room } : {}), axisLine: { lineStyle: { color: soft } }, axisLabel: { color: soft, hideOverlap: true }, splitLine: { show: true, lineStyle: { color: line } } },
    yAxis: { type: "category", inverse: true, data: lanes, axisTick: { show: false }, axisLine: { lineStyle: { color: soft } }, splitLine: { show: true, lineStyle: { color: line, type: "dotted" } }, axisLabel: { interval: 0, color: text, formatter: (lane) => middle(lane, Math.floor(aside / 7.3)) } },
    dataZoom: [{ type: "inside", filterMode: "none", ...view }, { type: "slider", bottom: 12, filterMode: "none", showDataShadow: false, ...view, textStyle: { color: soft }, borderColor: line, labelFormatter: (value) => new Date(value).toISOString().slice(0, 16) + "Z" }],
    series: [...(one ? joined(one, lanes) : []),
      ...(proofs.length ? [{ type: "scatter", name: "evidence", symbol: "emptyCircle", symbolSize: 7, itemStyle: { color: soft }, data: proofs }] : []),
      ...LEVELS.filter((name) => points.get(name).length).map((name) => ({ type: "scatter", name, symbol: name === "critical" ? "diamond" : "circle", symbolSize: SIZE[name], itemStyle: { color: ink("--" + name), opacity: 0.85 }, data: points.get(name) }))],
  }, { notMerge: true });
}
/* Authority and data, a column per step; arrows are drawn along the edges */
const KINDS = { access: "solid", delegation: "solid", data: "dashed" };
function drawFlow(canvas, flow) {
  if (!canvas.isConnected || !canvas.clientWidth) return;
  const places = new Map(flow.nodes.map((node) => [node.id, node])), columns = Math.max(1, ...flow.nodes.map((node) => node.column));
  const depth = new Map();
  for (const node of flow.nodes) depth.set(node.column, Math.max(depth.get(node.column) || 0, node.row + 1));
  const tall = Math.max(...depth.values());
  canvas.style.height = Math.max(14, tall * 4 + 4) + "rem";
  const spot = (id) => { const node = places.get(id); return [node.column, (node.row + 0.5) * (tall / depth.get(node.column))]; };
  const one = echarts.getInstanceByDom(canvas) || echarts.init(canvas, null, { renderer: "canvas" });
  one.resize();
  const ratio = (one.getHeight() - 40) / tall / ((one.getWidth() - 180) / columns);
  const color = { access: ink("--low"), delegation: ink("--medium"), data: ink("--clean") };
  const paint = (edge) => (edge.what === "data" && edge.alert ? ink("--critical") : color[edge.what]);
  const lines = flow.edges.map((edge) => {
    const from = spot(edge.source), to = spot(edge.target);
    const angle = (Math.atan2((from[1] - to[1]) * ratio, to[0] - from[0]) * 180) / Math.PI - 90;
    return { type: "line", name: edge.what, symbol: "none", lineStyle: { width: edge.level ? 2.6 : 1.3, type: KINDS[edge.what], color: paint(edge) }, itemStyle: { color: paint(edge) },
      data: [{ value: from }, { value: [from[0] + (to[0] - from[0]) * 0.6, from[1] + (to[1] - from[1]) * 0.6], symbol: "triangle", symbolSize: 9, symbolRotate: angle, edge }, { value: to }] };
  });
  one.setOption({
    animation: false, backgroundColor: "transparent", textStyle: { color: ink("--ink") },
    grid: { left: 90, right: 90, top: 34, bottom: 6 }, xAxis: { type: "value", show: false, min: 0, max: columns }, yAxis: { type: "value", show: false, inverse: true, min: 0, max: tall },
    legend: { top: 2, textStyle: { color: ink("--ink") }, selectedMode: false },
    tooltip: { renderMode: "richText", confine: true, backgroundColor: ink("--card"), borderColor: ink("--line"), textStyle: { color: ink("--ink"), fontSize: 13 },
      formatter: (point) => (point.data.edge ? point.data.edge.source + "\n" + point.data.edge.what + ": " + short(point.data.edge.label, 120) + "\n" + point.data.edge.target : [point.data.name, ...(point.data.also || []).map((name) => "also " + name)].join("\n")) },
    series: [...lines, { type: "scatter", symbolSize: 13, z: 5, itemStyle: { color: ink("--accent") }, data: flow.nodes.map((node) => ({ value: spot(node.id), name: node.id, also: node.also, ...(node.level ? { itemStyle: { color: ink("--" + node.level) }, symbol: "diamond", symbolSize: 17 } : {}), label: { position: node.column % 2 ? "bottom" : "top" } })),
      label: { show: true, color: ink("--ink"), textBorderColor: ink("--page"), textBorderWidth: 4, fontSize: 12, formatter: (point) => middle(point.data.name, 30) } }],
  }, { notMerge: true });
}

at("scope").append(make("option", { value: "" }, "all alerts"), ...data.incidents.slice(0, 200).map((one) => make("option", { value: one.id }, one.level + ": " + short(one.title, 60) + " (" + one.id.slice(0, 8) + ")")));
if (data.incidents.length) at("scope").value = data.incidents[0].id;
at("scope").addEventListener("change", draw);
chart.on("click", (point) => { if (point.data && point.data.id) open(point.data.id); });
addEventListener("resize", () => { chart.resize(); for (const [canvas, flow] of flows) drawFlow(canvas, flow); });

/* The access matrix */
let granted = [], grantedMade = 0;
function moreAccess() {
  at("access-rows").append(...granted.slice(grantedMade, grantedMade + PAGE).map(accessRow));
  grantedMade = Math.min(granted.length, grantedMade + PAGE);
  at("access-more").hidden = grantedMade >= granted.length;
}
function refreshAccess() {
  const words = at("access-search").value.toLowerCase().split(/\s+/).filter(Boolean), status = at("access-status").value;
  granted = data.access.filter((row) => (!status || row.status === status) && words.every((word) =>
    [row.agent, row.client, row.user, row.place, row.basis, row.given_by, row.tenant, ...row.scopes].join("\n").toLowerCase().includes(word)));
  at("access-rows").replaceChildren();
  grantedMade = 0;
  moreAccess();
  at("access-shown").textContent = number(granted.length) + " of " + number(data.access_total) + " accesses"
    + (data.access_total > data.access.length ? "; " + number(data.access_total - data.access.length) + " are only counted here: onesec access tells them all" : "");
}
at("access-search").addEventListener("input", refreshAccess);
at("access-status").addEventListener("change", refreshAccess);
at("access-filters").addEventListener("submit", (event) => event.preventDefault());
at("access-more").addEventListener("click", moreAccess);
refreshAccess();

/* The whole run */
if (data.pictures) {
  const { authority, flow, lost } = data.pictures;
  for (const [title, picture, empty] of [["Who acts for whom", authority, "The trail shows nobody acting for another."], ["What went where", flow, "The trail shows no text going in or out of an agent."]])
    at("network-list").append(make("h3", {}, title), picture.edges.length ? graph(picture, title) : make("p", {}, empty));
  at("network-list").prepend(make("p", { class: "hint" }, "Of the whole run, what alerts speak of first. A diamond is named by an alert; a thick line is cited by one." + (lost ? " " + number(lost) + " more were forgotten, the oldest first." : "")));
} else at("network").hidden = true;

/* What is suppressed, what could not be judged, the rules, how it was made */
if (data.suppressions.length) at("suppressed").append(make("h3", {}, number(data.suppressed.length) + " alerts are suppressed by the policy"),
  table("Suppressions", ["Rule", "Status", "Alerts", "Until", "Owner", "Reason"], data.suppressions.map((one) => [one.rule, one.status, number(one.alerts), one.expires, one.owner, one.reason])),
  folded("The suppressed alerts", () => list(data.suppressed.map((one) => one.level + " " + one.rule + " " + one.id + ": " + one.message + " (" + one.suppression.owner + ": " + one.suppression.reason + ")"))));
const blind = seen.detectors.filter((one) => one.status === "blind");
at("coverage-list").append(
  list(seen.notes), blind.length ? make("p", {}, make("b", {}, "Detectors shown nothing they read: "), blind.map((one) => one.rule).join(", ")) : make("p", {}, "Every detector was shown something it reads."),
  table("Inputs", ["File", "Format", "Records", "Events", "Duplicates", "Ignored", "Unreadable", "sha256"], data.inputs.map((one) => [one.path, one.format, ...[one.records, one.events, one.duplicates, one.ignored, one.gaps].map(number), one.sha256])),
  table("What the trail shows; zero means unknown, not absent", ["Family", "Events"], seen.families.map((one) => [one.family, number(one.events)])),
  folded("What each detector was shown", () => table("Detectors", ["Detector", "Status", "Events shown", "Lacked its entity", "Reads"], seen.detectors.map((one) => [one.rule, one.status, number(one.shown), number(one.unroutable), one.reads.join(", ")]))),
  data.gaps_total ? make("h3", {}, number(data.gaps_total) + " unreadable places") : make("p", {}, "No record was unreadable."),
  data.gaps_total ? list(data.gaps.map((one) => one.file + ":" + one.line + " " + one.reason)) : "");
if (data.gaps_total > data.gaps.length) at("coverage-list").append(make("p", { class: "hint" }, "and " + number(data.gaps_total - data.gaps.length) + " more"));
const note = (one) => [one.id, one.file + ":" + one.line, one.reason];
for (const [key, title] of [["skipped", "could not be loaded"], ["cannot_match", "could not match this trail, or match everything"], ["loaded", "took part"]])
  at("rules-list").append(data.rules[key].length ? folded(number(data.rules[key].length) + " Sigma rules " + title, () => table("Rules that " + title, ["Rule", "File", "Reason"], data.rules[key].map(note))) : make("p", {}, "0 Sigma rules " + title + "."));
at("made-list").append(pairs([
  ["tool", "onesec " + data.version], ["policy", data.policy ? data.policy.path + ", sha256 " + data.policy.sha256 : "none: defaults and learned baselines"],
  ["baseline", data.baseline ? data.baseline.path + ", sha256 " + data.baseline.sha256 : ""], ["fails on", data.manifest.fail_on],
  ["detectors", "sha256 " + data.manifest.detectors_sha256], ["rules", data.manifest.rules_sha256 ? "sha256 " + data.manifest.rules_sha256 : ""], ["options", JSON.stringify(data.manifest.options)],
  ["charts", "Apache ECharts, Apache-2.0; its licence stands in the source of this page"],
]));

/* Light and dark, printing, links to one alert */
function theme(dark) {
  document.documentElement.setAttribute("data-theme", dark ? "dark" : "light");
  at("theme").setAttribute("aria-pressed", String(dark));
  draw();
  for (const [canvas, flow] of flows) drawFlow(canvas, flow);
}
const prefers = matchMedia("(prefers-color-scheme: dark)");
at("theme").addEventListener("click", () => theme(at("theme").getAttribute("aria-pressed") !== "true"));
prefers.addEventListener("change", () => theme(prefers.matches));
/* On paper: light, as wide as a sheet, incidents unfolded, the first alerts open. Afterwards all is as it was. */
let afterwards = [];
addEventListener("beforeprint", () => {
  const boxes = [...document.querySelectorAll("#incident-list > article details:not([open])")], dark = at("theme").getAttribute("aria-pressed") === "true";
  more(Math.max(0, Math.min(PRINTED, chosen.length) - made));
  const buttons = [...rows.querySelectorAll("button.opens")].slice(0, READ).filter((button) => button.getAttribute("aria-expanded") === "false");
  document.body.classList.add("paper");
  boxes.forEach(unfold);
  for (const button of buttons) button.click();
  theme(false);
  afterwards = [() => document.body.classList.remove("paper"), () => { for (const box of boxes) box.open = false; }, () => { for (const button of buttons) button.click(); }, () => theme(dark)];
});
addEventListener("afterprint", () => { for (const step of afterwards.splice(0)) step(); });
/* Escape closes what one is in, and the focus goes back to what opened it. */
addEventListener("keydown", (event) => {
  const inside = event.key === "Escape" && event.target instanceof Element ? event.target : null, row = inside && inside.closest("tr.detail"), box = inside && inside.closest("details[open]");
  const button = row ? row.previousElementSibling.querySelector("button.opens") : inside && inside.closest("button.opens[aria-expanded=true]");
  if (button) { button.click(); button.focus(); }
  else if (box) { box.open = false; box.querySelector("summary").focus(); }
});
function follow() { const found = /^#alert-([0-9a-f]+)$/.exec(location.hash); if (found) open(found[1]); }
addEventListener("hashchange", follow);
theme(prefers.matches);
refresh();
follow();
})();
