/* What could be judged and what not, the rules, how it was made. */
const blind = seen.detectors.filter((one) => one.status === "blind");
at("coverage-list").append(
  list(seen.notes), blind.length ? make("p", {}, make("b", {}, "Detectors shown nothing they read: "), blind.map((one) => one.rule).join(", ")) : make("p", {}, "Every detector was shown something it reads."),
  data.gaps_total ? make("h3", {}, counted(data.gaps_total, "unreadable place", "unreadable places")) : make("p", {}, "No record was unreadable."),
  data.gaps_total ? list(data.gaps.map((one) => make("span", {}, name(one.file), ":" + one.line + " " + one.reason))) : "",
  data.gaps_total > data.gaps.length ? make("p", { class: "hint" }, "and " + number(data.gaps_total - data.gaps.length) + " more") : "",
  table("Inputs", ["File", "Format", "Records", "Events", "Duplicates", "Ignored", "Unreadable", "sha256"], data.inputs.map((one) => [one.path, one.format, ...[one.records, one.events, one.duplicates, one.ignored, one.gaps].map(number), one.sha256])),
  folded("What the trail shows: " + number(seen.families.filter((one) => one.events).length) + " of " + number(seen.families.length) + " families of events", () =>
    table("Families of events; zero means unknown, not absent", ["Family", "Events"], seen.families.map((one) => [one.family, number(one.events)]))),
  folded("What each detector was shown", () => table("Detectors", ["Detector", "Status", "Events shown", "Lacked its entity", "Reads"], seen.detectors.map((one) => [one.rule, one.status, number(one.shown), number(one.unroutable), one.reads.join(", ")]))));
const note = (one) => [one.id, placeOf(one), one.reason];
for (const [key, title] of [["skipped", "could not be loaded"], ["cannot_match", "could not match this trail, or match everything"], ["loaded", "took part"]])
  at("rules-list").append(data.rules[key].length ? folded(counted(data.rules[key].length, "Sigma rule ", "Sigma rules ") + title, () => table("Rules that " + title, ["Rule", "File", "Reason"], data.rules[key].map(note))) : make("p", {}, "0 Sigma rules " + title + "."));
at("made-list").append(pairs([
  ["tool", "onesec " + data.version], ["policy", data.policy ? data.policy.path + ", sha256 " + data.policy.sha256 : "none: defaults and learned baselines"],
  ["baseline", data.baseline ? data.baseline.path + ", sha256 " + data.baseline.sha256 : ""], ["fails on", data.manifest.fail_on],
  ["detectors", "sha256 " + data.manifest.detectors_sha256], ["rules", data.manifest.rules_sha256 ? "sha256 " + data.manifest.rules_sha256 : ""], ["options", JSON.stringify(data.manifest.options)],
  ["charts", "Apache ECharts, Apache-2.0; its licence stands in the source of this page"],
]));
