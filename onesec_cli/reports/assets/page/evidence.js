/* One alert opened: its facts, advice and the records that prove it. */
function proof(one) {
  const box = make("div", { "data-place": placeOf(one), tabindex: "-1" }, make("p", {}, make("b", {}, name(one.file), ":" + one.line), " ", one.time || "undated", " ", one.role));
  if (!one.intact) box.append(make("p", { class: "warn" }, "the file is no longer what was judged, or could not be read again"));
  for (const caveat of one.caveats) box.append(make("p", { class: "warn" }, caveat));
  if (one.quote) box.append(make("pre", { tabindex: "0", role: "group", "aria-label": "Record " + placeOf(one) }, one.quote));
  box.append(make("p", { class: "hint" }, "bytes " + one.offset + " to " + (one.offset + one.length) + ", sha256 " + one.sha256));
  return box;
}
function fact(value) {
  if (Array.isArray(value) && value.every((one) => typeof one === "string")) return value.join(", ");
  return typeof value === "string" ? value : JSON.stringify(value);
}
function details(alert) {
  const card = data.cards[alert.rule] || {};
  const chips = make("span", {}, ...alert.entities.map((one) => make("button", { type: "button", class: "chip", title: "Search for this entity", click: () => search(one) }, one)));
  const facts = Object.entries(alert.facts || {}).map(([key, value]) => key + ": " + fact(value));
  const until = alert.last_seen !== alert.first_seen ? " to " + alert.last_seen : "";
  const box = make("div", {}, pairs([
    ["what to do", card.next], ["observed", facts.length ? list(facts) : ""],
    ["seen", (alert.first_seen || "undated") + until + (alert.count > 1 ? ", " + number(alert.count) + " times" : "")],
    ["entities", chips], ["why it matters", card.why], ["judged on", alert.judged_on],
    ["in terms of", [...alert.asi, ...alert.attack].map(named).join(", ")], ["tenant", alert.tenant], ["level by the rule", alert.judged_level],
    ["baseline", data.baseline ? (alert.known ? "known" : "new") : ""], ["what it misses", card.misses], ["rule", alert.rule], ["alert", alert.id],
  ]), make("h3", { class: "small" }, "Evidence"));
  box.append(...alert.evidence.map(proof));
  if (alert.evidence_total > alert.evidence.length)
    box.append(make("p", { class: "hint" }, "and " + number(alert.evidence_total - alert.evidence.length) + " more records; the JSON report lists what was kept"));
  return box;
}
/* Place of a record to the first alert that cites it. */
let proofs = null;
function citing(place) {
  if (!proofs) {
    proofs = new Map();
    for (const alert of data.alerts) for (const one of alert.evidence) if (!proofs.has(placeOf(one))) proofs.set(placeOf(one), alert.id);
  }
  return proofs.get(place);
}
/* A line of evidence, which leads to the record where an alert quotes it. */
const cited = (place) => (citing(place) ? link(place, () => open(citing(place), place)) : name(place));
const allCited = (places) => places.flatMap((place, index) => (index ? [", ", cited(place)] : [cited(place)]));
