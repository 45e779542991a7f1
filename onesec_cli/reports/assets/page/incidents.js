/* What to do now, and each incident: its steps, what to take away, its risk, what was held, who handed what to whom. */
const NAMED = 60, URGENT = 8, STEPS = 40, ANSWERS = 8;
const QUESTIONS = { hijacked: "hijacked", by_text: "by text", asked: "asked for", taken: "taken" };
/* What a responder asks first: each answer leads to the record that it stands on. */
function answer(one) {
  const proof = !one.evidence ? "" : byId.has(one.alert) ? link(one.evidence, () => open(one.alert, one.evidence)) : name(one.evidence);
  return make("div", {}, one.time ? make("span", { class: "time" }, one.time + " ") : "", name(one.text), " ", make("span", { class: "hint" }, proof));
}
function answers(all, most = ANSWERS, rest = "the JSON report has all") {
  if (!all.length) return "";
  return make("div", {}, ...all.slice(0, most).map(answer), all.length > most ? hint("and " + number(all.length - most) + " more; " + rest) : "");
}
function stillOpen(radius) {
  const left = radius.held.filter((row) => row.open), who = (row) => (row.agent || row.client || "somebody") + (row.user ? " for " + row.user : "") + (row.place ? " on " + row.place : "");
  if (!left.length) return radius.trail_ends ? "no access of those it names, at the end of the trail, " + radius.trail_ends : "";
  return make("div", {}, ...left.slice(0, ANSWERS).map((row) => make("div", {}, name(who(row)), ", by " + row.basis)), radius.open > ANSWERS ? hint("and " + number(radius.open - ANSWERS) + " more; the blast radius has them") : "");
}
const brief = (one) => pairs([...Object.entries(QUESTIONS).map(([key, title]) => [title, answers(one.brief[key])]), ["still open", stillOpen(one.blast_radius)]]);
function measure(one) {
  const proof = one.evidence.length ? [" (", ...allCited(one.evidence), ")"] : [];
  return make("li", {}, make("b", { class: one.open ? "warn" : "quiet" }, one.open ? "open" : "done"), " ", make("b", {}, one.action), " ", ...names(one.target),
    hint(one.reason, ...proof));
}
const measures = (kind, all) => make(kind, { class: "measures" }, ...all.map(measure));
/* What is still open of all incidents, each once. */
function openMeasures() {
  const found = new Map();
  for (const each of data.incidents) for (const step of each.containment) {
    const key = [step.action, ...step.target].join("\n");
    if (step.open && !found.has(key)) found.set(key, step);
  }
  return [...found.values()];
}
function urgent() {
  const steps = openMeasures(), [one] = data.incidents, first = byId.get(one.steps[0].alert), last = one.steps[one.steps.length - 1];
  const others = data.incidents_total > 1 ? "; " + counted(data.incidents_total - 1, "more incident", "more incidents") : "";
  return [pairs([
    ["hit by", make("span", {}, level(one.level), " ", link(one.title, () => at("incident-" + one.id).scrollIntoView()), ", risk " + one.risk_score + " of 100" + others)],
    ["hijacked", answers(one.brief.hijacked, 2, "the incident tells them")], ["by text", answers(one.brief.by_text, 1, "the incident tells them")],
    ["began with", one.brief.by_text.length ? "" : first ? make("span", {}, link(first.title, () => open(first.id)), ", ", one.steps[0].time, make("div", {}, short(first.message, 600))) : one.steps[0].title],
    ["got as far as", make("span", {}, link(last.title, () => open(last.alert)), ", ", last.time, hint(named(last.asi)))],
    ["held", counted(one.blast_radius.held_total, "access", "accesses") + ", " + number(one.blast_radius.open) + " of them open at the end of the trail"],
  ]), make("h3", {}, steps.length ? "Take away now" : "Nothing that was held is left open in the trail"), measures("ol", steps.slice(0, URGENT)),
  steps.length > URGENT ? make("p", { class: "hint" }, "and " + number(steps.length - URGENT) + " more; each incident tells its own") : ""];
}
/* Without an incident: the gravest alert of each rule and what to do about it. */
function gravest() {
  const rules = new Map();
  for (const alert of data.alerts)
    if (!rules.has(alert.rule) && rules.size < URGENT && (alert.level === "critical" || alert.level === "high")) rules.set(alert.rule, alert);
  return [...rules.values()].map((alert) => make("div", {}, make("p", {}, level(alert.level), " ", link(alert.title, () => open(alert.id)), ": ", short(alert.message, 600)),
    make("p", { class: "hint" }, (data.cards[alert.rule] || {}).next || "")));
}
function contained(all, repeated) {
  const box = make("div", {}), open = all.filter((one) => one.open), done = all.filter((one) => !one.open);
  if (open.length && repeated) {
    box.append(folded("Take away: " + number(open.length) + " still open, as told above", () => measures("ul", open)));
    box.lastChild.classList.add("repeated");
  }
  else if (open.length) box.append(make("h4", {}, "Take away now"), measures("ul", open));
  if (done.length) box.append(folded(number(done.length) + " already taken away in the trail", () => measures("ul", done)));
  return box;
}
function scored(one) {
  return folded("Risk " + one.risk_score + " of 100: impact " + one.impact_score + ", confidence " + one.confidence_score, () =>
    table("What the scores are made of", ["Score", "Points", "Of", "Component", "Reason"], one.score.map((part) => [part.counts, part.points, part.most, part.component, part.reason]), "kinds"));
}
function stepOf(step, join) {
  const alert = byId.get(step.alert);
  const item = make("li", {}, make("span", { class: "time" }, step.time), " ", level(step.level), " ",
    alert ? link(step.title, () => open(step.alert)) : step.title + " (alert " + step.alert + " is not told in this report)", " ", make("span", { class: "hint" }, named(step.asi)));
  if (alert) item.append(make("div", {}, alert.message));
  if (join) item.append(hint(lasting(join.seconds) + " later, " + (join.on.length ? "linked by " : "linked by time alone"), ...names(join.on), " (" + (join.edge ? join.edge + ", " : "") + join.grade + ")"));
  return item;
}
function stepsOf(one) {
  const joins = new Map();
  for (const join of one.joins) if (!joins.has(join.later)) joins.set(join.later, join);
  const told = (from, to) => make("ol", { class: "steps", start: from + 1 }, ...one.steps.slice(from, to).map((step) => stepOf(step, joins.get(step.alert))));
  const rest = one.steps.length - STEPS;
  return [told(0, STEPS), rest > 0 ? folded("and " + counted(rest, "later step", "later steps"), () => told(STEPS)) : ""];
}
function incident(one, index) {
  const box = make("article", { class: "box", id: "incident-" + one.id, "aria-labelledby": "h-" + one.id },
    make("h3", { id: "h-" + one.id }, level(one.level), " ", one.title), brief(one), make("p", {}, one.message),
    contained(one.containment, data.incidents_total === 1 && openMeasures().length <= URGENT), make("h4", {}, "What happened"), ...stepsOf(one), scored(one));
  if (one.blast_radius.held.length)
    box.append(folded("Blast radius: " + counted(one.blast_radius.held_total, "access was", "accesses were") + " held, " + number(one.blast_radius.open) + " left open", () => held(one.blast_radius)));
  const flow = data.flows[index];
  if (flow.edges.length) box.append(folded("Delegation and data flow: " + counted(flow.nodes.length, "party", "parties"), () => graph(flow, one.title)));
  box.append(make("p", { class: "aside" }, link("Show on the timeline", () => { at("scope").value = one.id; draw(); at("timeline").scrollIntoView(); })),
    hint(one.path + "; links at least " + one.grade + "; " + one.first_seen + " to " + one.last_seen + "; incident " + one.id));
  return box;
}
at("now").append(...(data.incidents.length ? urgent() : gravest()));
at("now").hidden = at("now").childElementCount < 2;
at("incident-list").append(...data.incidents.slice(0, NAMED).map(incident));
if (data.incidents.length > NAMED)
  at("incident-list").append(folded("and " + number(data.incidents_total - NAMED) + " more incidents", () => make("div", {}, ...data.incidents.slice(NAMED).map((one, index) => incident(one, NAMED + index)))));
if (!data.incidents.length) at("incident-list").append(make("p", {}, "No alerts are linked to an incident."));
