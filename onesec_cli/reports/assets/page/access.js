/* Who could do what: the rows of an access, in the matrix at the end of the trail and in what an incident held. */
const ACCESS = ["Agent", "User", "Connection or API", "Rests on", "Scopes", "When", "Evidence"];
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
/* What one line tells of an access is told once. */
function proven(evidence) {
  const roles = new Map();
  for (const one of evidence) roles.set(placeOf(one), [...(roles.get(placeOf(one)) || []), one.role]);
  return [...roles].map(([place, roles]) => make("div", {}, roles.join(", ") + " ", cited(place)));
}
function accessRow(row) {
  const who = row.agent + (row.client && row.client !== row.agent ? " (client " + row.client + ")" : "");
  const cells = [who, row.user || "itself", row.place || "any", row.basis + (row.given_by ? ", given by " + row.given_by : ""), row.scopes.join(" ") || "not told"];
  return make("tr", {}, ...cells.map((cell) => make("td", {}, cell)), make("td", {}, ...spans(row)), make("td", { class: "hint" }, ...proven(row.evidence)));
}
function held(radius) {
  const box = table("Held while it happened, as of " + radius.at + "; open says what was left when the trail ended, " + radius.trail_ends, ACCESS, [], "access");
  box.querySelector("tbody").append(...radius.held.map(accessRow));
  const rest = radius.held_total - radius.held.length;
  return make("div", {}, box,
    rest ? make("p", { class: "hint" }, "and " + number(rest) + " more; onesec explain tells them all") : "",
    ...radius.bounds.map((one) => make("p", { class: "warn" }, one)),
    radius.other_users ? make("p", { class: "hint" }, "The same agents held access for " + counted(radius.other_users, "more user.", "more users.")) : "");
}
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
  at("access-table").parentElement.hidden = !granted.length;
  at("access-shown").textContent = number(granted.length) + " of " + counted(data.access_total, "access", "accesses")
    + (data.access_total > data.access.length ? "; " + number(data.access_total - data.access.length) + " are only counted here: onesec access tells them all" : "");
}
at("access-search").addEventListener("input", refreshAccess);
at("access-status").addEventListener("change", refreshAccess);
at("access-filters").addEventListener("submit", (event) => event.preventDefault());
at("access-filters").hidden = !data.access.length;
at("access-more").addEventListener("click", moreAccess);
refreshAccess();
