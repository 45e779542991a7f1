/* The table of alerts: search and filters; rows are made as they are reached. */
const FILTERS = ["search", "level", "rule", "asi", "known"], REACHED = 2000;
let chosen = data.alerts, made = 0;
const rows = at("rows"), haystacks = new Map();
function haystack(alert) {
  let text = haystacks.get(alert);
  if (text === undefined) {
    text = [alert.id, alert.rule, alert.level, alert.title, alert.message, alert.tenant, ...alert.entities, ...alert.asi, ...alert.attack,
      ...alert.evidence.map((one) => placeOf(one) + " " + one.role + " " + one.quote)].join("\n").toLowerCase();
    haystacks.set(alert, text);
  }
  return text;
}
function toggle(button, row, alert) {
  const open = button.getAttribute("aria-expanded") === "true";
  button.setAttribute("aria-expanded", String(!open));
  if (open) {
    row.nextElementSibling.remove();
    button.removeAttribute("aria-controls");
  } else {
    row.after(make("tr", { class: "detail", id: "detail-" + alert.id }, make("td", { colspan: "4", class: "open" }, details(alert))));
    button.setAttribute("aria-controls", "detail-" + alert.id);
  }
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
  at("table").hidden = !chosen.length;
  at("shown").textContent = (data.counts.alerts ? number(chosen.length) + " of " + counted(data.counts.alerts, "alert", "alerts") : "No alerts")
    + (chosen.length || !data.alerts.length ? "" : ": none matches; Clear shows them again")
    + (data.left_total ? "; " + number(data.left_total) + " are only counted here (" + data.left + ")" : "")
    + (data.counts.withheld ? "; " + number(data.counts.withheld) + " withheld by the options of the run" : "");
}
/* Not by a reset of the form, whose answer comes later and would close what is opened now. */
function clear() { for (const id of FILTERS) at(id).value = ""; }
function search(text) { clear(); at("search").value = text; refresh(); at("search").focus(); }
/* The alert, or the record of it that stands at a place. */
function open(id, place = "") {
  const alert = byId.get(id);
  if (!alert) { at("shown").textContent = "Alert " + id + " is not told in this report."; return; }
  if (!chosen.includes(alert)) { clear(); refresh(); }
  const reached = chosen.indexOf(alert);
  if (reached >= made) more(reached + 1 - made);
  const row = at("alert-" + id), button = row.querySelector("button");
  if (button.getAttribute("aria-expanded") === "false") toggle(button, row, alert);
  const record = place && [...row.nextElementSibling.querySelectorAll("[data-place]")].find((one) => one.dataset.place === place);
  (record || button).focus({ preventScroll: true });
  (record || row).scrollIntoView({ block: "start" });
}
function options(select, values, first) {
  select.append(make("option", { value: "" }, first), ...values.map(([value, text]) => make("option", { value }, text)));
}
const tally = (values) => [...values.reduce((counts, value) => counts.set(value, (counts.get(value) || 0) + 1), new Map())].sort((a, b) => (a[0] < b[0] ? -1 : 1));
options(at("level"), [...LEVELS].reverse().map((one) => [one, one]), "any");
options(at("rule"), tally(data.alerts.map((alert) => alert.rule)).map(([rule, count]) => [rule, rule + " (" + number(count) + ")"]), "all");
options(at("asi"), tally(data.alerts.flatMap((alert) => [...new Set(alert.asi)])).map(([code, count]) => [code, named(code) + " (" + number(count) + ")"]), "all");
let waiting = 0;
at("search").addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(refresh, 120); });
for (const id of FILTERS.slice(1)) at(id).addEventListener("change", refresh);
at("filters").addEventListener("submit", (event) => { event.preventDefault(); refresh(); });
at("filters").addEventListener("reset", () => setTimeout(refresh, 0));
at("more").addEventListener("click", () => more());
new IntersectionObserver((entries) => { if (entries.some((one) => one.isIntersecting) && made < chosen.length && made < REACHED) more(); }, { rootMargin: "300px" }).observe(at("more"));
if (!data.baseline) at("known").parentElement.hidden = true;
at("filters").hidden = !data.alerts.length;

if (data.suppressions.length) at("suppressed").append(make("h3", {}, counted(data.suppressed.length, "alert is", "alerts are") + " suppressed by the policy"),
  table("Suppressions", ["Rule", "Status", "Alerts", "Until", "Owner", "Reason"], data.suppressions.map((one) => [one.rule, one.status, number(one.alerts), one.expires, one.owner, one.reason])),
  folded("The suppressed alerts", () => list(data.suppressed.map((one) => one.level + " " + one.rule + " " + one.id + ": " + one.message + " (" + one.suppression.owner + ": " + one.suppression.reason + ")"))));
