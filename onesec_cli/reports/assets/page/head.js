/* The verdict: how many of each level, over what time, and why nothing could be judged. */
at("reasons").append(...data.verdict.reasons.filter((reason) => !data.verdict.sentence.includes(reason)).map((reason) => make("li", {}, reason)));
at("reasons").hidden = !at("reasons").childElementCount;
for (const one of [...LEVELS].reverse())
  at("levels").append(make("li", {}, make("b", {}, number(data.counts.by_level[one] || 0)), " ", level(one)));
const seen = data.coverage;
at("span").textContent = (seen.first_event ? "Events from " + seen.first_event + " to " + seen.last_event + ". " : "")
  + number(data.counts.records) + " records, " + number(data.counts.events) + " events, " + number(data.counts.gaps) + " unreadable.";
/* What has nothing to tell is left out; of a run that could not judge, what it lacked comes first. */
function left(...ids) {
  for (const id of ids) {
    at(id).hidden = true;
    document.querySelector('nav a[href="#' + id + '"]').hidden = true;
  }
}
if (!data.alerts.length) left("incidents", "timeline");
if (!data.alerts.length && data.verdict.status === "inconclusive") {
  at("main").prepend(at("coverage"));
  document.querySelector("nav").prepend(document.querySelector('nav a[href="#coverage"]'), " ");
}
