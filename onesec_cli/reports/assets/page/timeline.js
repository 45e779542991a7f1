/* The timeline: a lane per entity, drawn on a canvas, where text is only ever pixels. */
const LANES = 24, QUOTED = 500, CLOSE = 0.15, LISTED = 200;
const SIZE = { informational: 6, low: 8, medium: 10, high: 12, critical: 15 };
const EVIDENCE = "evidence";
const ORDER = ["user", "agent", "client", "session", "connection", "account", "identity", "tool", "server", "token", "ip"];
const chart = data.alerts.length ? echarts.init(at("chart"), null, { renderer: "canvas" }) : null;
const kindOf = (entity) => { const place = ORDER.indexOf(entity.split(":", 1)[0]); return place < 0 ? ORDER.length : place; };
const clock = (time) => new Date(time).toISOString();
function lanesOf(alerts) {
  const weight = new Map();
  for (const alert of alerts) for (const one of alert.entities) weight.set(one, (weight.get(one) || 0) + 4 ** LEVELS.indexOf(alert.level));
  const all = [...weight].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map((one) => one[0]);
  const kept = all.slice(0, LANES).sort((a, b) => kindOf(a) - kindOf(b) || (a < b ? -1 : 1));
  return [[...kept, EVIDENCE], all.length - kept.length];
}
/* In an incident an alert stands where it plays its part, which may be before the act it tells of. */
function pointsOf(alerts, lanes, parts) {
  const place = new Map(lanes.map((lane, index) => [lane, index])), points = new Map(LEVELS.map((one) => [one, []])), older = [];
  for (const alert of alerts) {
    const when = Date.parse(parts.get(alert.id) || alert.first_seen);
    if (Number.isNaN(when)) continue;
    for (const one of alert.entities) if (place.has(one)) points.get(alert.level).push({ value: [when, place.get(one)], id: alert.id });
    for (const one of alerts.length <= QUOTED ? alert.evidence : []) {
      const time = Date.parse(one.time);
      if (time && time !== when) older.push({ value: [time, lanes.length - 1], id: alert.id, role: one.role, where: placeOf(one) });
    }
  }
  return [points, older];
}
function joined(one, lanes) {
  const step = new Map(one.steps.map((each) => [each.alert, Date.parse(each.time)]));
  return one.joins.map((join) => {
    const lane = Math.max(0, lanes.findIndex((each) => join.on.includes(each)));
    const sure = join.grade === "certain" || join.grade === "strong";
    return { type: "line", silent: true, symbol: "none", lineStyle: { type: sure ? "solid" : "dashed", width: 2, color: ink("--accent") }, data: [[step.get(join.earlier), lane], [step.get(join.later), lane]] };
  });
}
function wordsOf(point) {
  const alert = byId.get(point.id);
  return point.role ? point.role + " (" + point.where + "), evidence of: " + alert.message : alert.level + ": " + alert.message;
}
function tip({ data: point }) {
  const lines = short(wordsOf(point), 300).match(/.{1,76}(?:\s|$)|.{1,76}/g) || [];
  return [clock(point.value[0]) + "  " + byId.get(point.id).rule, ...lines].join("\n");
}

/* What is drawn: the points in order of time, from when to when they are, and which of them one stands at. */
let stops = [], whole = [0, 1], stop = -1;
function stopsOf(series) {
  const found = new Map();
  series.forEach((one, seriesIndex) => {
    if (one.type === "scatter") one.data.forEach((point, dataIndex) => {
      const key = [point.value[0], point.id, point.where || ""].join("\n");
      if (!found.has(key)) found.set(key, { ...point, seriesIndex, dataIndex });
    });
  });
  return [...found.values()].sort((a, b) => a.value[0] - b.value[0] || b.seriesIndex - a.seriesIndex);
}
function extent(times) {
  const least = times.reduce((a, b) => Math.min(a, b), Infinity), most = times.reduce((a, b) => Math.max(a, b), -Infinity);
  const room = Math.max(1000, (most - least) * CLOSE);
  return [least - room, most + room];
}
function draw() {
  if (!chart) return;
  const one = data.incidents.find((each) => each.id === at("scope").value);
  const alerts = one ? one.steps.map((step) => byId.get(step.alert)).filter(Boolean) : data.alerts;
  const [lanes, left] = lanesOf(alerts), [points, older] = pointsOf(alerts, lanes, new Map(one ? one.steps.map((step) => [step.alert, step.time]) : []));
  const soft = ink("--soft"), line = ink("--line"), text = ink("--ink"), paper = document.body.classList.contains("paper");
  const scatter = [...(older.length ? [{ name: EVIDENCE, symbol: "circle", symbolSize: 7, itemStyle: { color: ink("--card"), borderColor: soft, borderWidth: 1.5 }, data: older }] : []),
    ...LEVELS.filter((each) => points.get(each).length).map((each) => ({ name: each, symbol: each === "critical" ? "diamond" : "circle", symbolSize: SIZE[each], itemStyle: { color: ink("--" + each), opacity: 0.85 }, data: points.get(each) }))];
  const series = [...(one ? joined(one, lanes) : []), ...scatter.map((each) => ({ type: "scatter", cursor: "pointer", emphasis: { scale: 1.5, itemStyle: { borderColor: text, borderWidth: 2 } }, ...each }))];
  stops = stopsOf(series);
  stop = -1;
  at("lanes").textContent = (one ? "Shown: " + short(one.title, 120) + "." : "Shown: all alerts.") + (left ? " The " + LANES + " entities of the gravest alerts have a lane; " + number(left) + " more stand in the alerts." : "");
  at("chart").setAttribute("aria-label", "Alerts on a time axis: " + counted(alerts.length, "alert", "alerts") + " on " + counted(lanes.length - 1, "lane", "lanes") + ", one per entity, and one of their evidence. The lists of incidents and alerts tell the same.");
  at("point").textContent = "";
  at("chart").style.height = Math.max(16, (paper ? 6 : 9) + lanes.length * 1.5) + "rem";
  chart.resize();
  /* What is shown is from the first step, or alert, to the last; older evidence is there when one zooms out. */
  const own = stops.filter((each) => !each.where).map((each) => each.value[0]), view = extent(own);
  whole = extent(stops.map((each) => each.value[0]));
  whole = [Math.min(whole[0], view[0]), Math.max(whole[1], view[1])];
  const range = own.length ? { startValue: view[0], endValue: view[1] } : {};
  const small = at("chart").clientWidth < 600, aside = Math.min(250, Math.round(at("chart").clientWidth * 0.3));
  chart.setOption({
    animation: false, useUTC: true, backgroundColor: "transparent", textStyle: { color: text },
    legend: { top: 6, textStyle: { color: text } }, grid: { left: aside, right: small ? 12 : 30, top: small ? 70 : 44, bottom: paper ? 30 : 80 },
    tooltip: { renderMode: "richText", confine: true, formatter: tip, backgroundColor: ink("--card"), borderColor: line, textStyle: { color: text, fontSize: 13 } },
    xAxis: { type: "time", ...(own.length ? { min: whole[0], max: whole[1] } : {}), axisLine: { lineStyle: { color: soft } }, axisLabel: { color: soft, hideOverlap: true }, splitLine: { show: true, lineStyle: { color: line } } },
    yAxis: { type: "category", inverse: true, data: lanes, axisTick: { show: false }, axisLine: { lineStyle: { color: soft } }, splitLine: { show: true, lineStyle: { color: line, type: "dotted" } }, axisLabel: { interval: 0, color: text, formatter: (lane) => middle(lane, Math.floor(aside / 7.3)) } },
    dataZoom: [{ type: "inside", filterMode: "none", zoomOnMouseWheel: "ctrl", moveOnMouseMove: !small, preventDefaultMouseMove: !small, ...range },
      { type: "slider", show: !paper, bottom: 12, filterMode: "none", showDataShadow: false, ...range, textStyle: { color: soft }, borderColor: line, labelFormatter: (value) => clock(value).slice(0, 16) + "Z" }],
    series,
  }, { notMerge: true });
}

/* By keyboard and by buttons: from point to point, nearer, farther, along, all of it. */
const shownNow = () => { const { startValue, endValue } = chart.getOption().dataZoom[0]; return [startValue, endValue]; };
function show(from, to) {
  const width = Math.min(to - from, whole[1] - whole[0]), start = Math.max(whole[0], Math.min(from, whole[1] - width));
  chart.dispatchAction({ type: "dataZoom", startValue: start, endValue: start + width });
  mark();
}
/* The point one stands at: with its words beside it, whatever is zoomed or moved. */
function mark() {
  const point = stops[stop], [from, to] = shownNow();
  chart.dispatchAction({ type: "downplay" });
  if (!point || point.value[0] < from || point.value[0] > to) return;
  const { seriesIndex, dataIndex } = point;
  chart.dispatchAction({ type: "highlight", seriesIndex, dataIndex });
  chart.dispatchAction({ type: "showTip", seriesIndex, dataIndex });
}
function zoom(factor) {
  const [from, to] = shownNow(), width = Math.max(1000, (to - from) * factor), seenStop = stops[stop] && stops[stop].value[0];
  const middle = seenStop >= from && seenStop <= to ? seenStop : (from + to) / 2;
  show(middle - width / 2, middle + width / 2);
}
function pan(part) {
  const [from, to] = shownNow();
  show(from + (to - from) * part, to + (to - from) * part);
}
function stand(place) {
  if (!stops.length) return;
  stop = Math.max(0, Math.min(stops.length - 1, place));
  const point = stops[stop], time = point.value[0], [from, to] = shownNow();
  if (time < from || time > to) show(time - (to - from) / 2, time + (to - from) / 2);
  else mark();
  at("point").textContent = number(stop + 1) + " of " + number(stops.length) + ": " + clock(time) + " " + wordsOf(point) + " Enter opens it.";
}
/* The first step one takes is to the first point that is in sight. */
const begin = () => { const [from, to] = shownNow(); return Math.max(0, stops.findIndex((one) => one.value[0] >= from && one.value[0] <= to)); };
const MOVES = {
  ArrowRight: () => stand(stop < 0 ? begin() : stop + 1), ArrowLeft: () => stand(stop < 0 ? begin() : stop - 1), Home: () => stand(0), End: () => stand(stops.length - 1),
  "+": () => zoom(0.5), "=": () => zoom(0.5), "-": () => zoom(2), 0: () => show(...whole),
  Enter: () => { if (stops[stop]) open(stops[stop].id, stops[stop].where); },
};
if (chart) {
  at("scope").append(make("option", { value: "" }, "all alerts"), ...data.incidents.slice(0, LISTED).map((one) => make("option", { value: one.id }, one.level + ": " + short(one.title, 60) + " (" + one.id.slice(0, 8) + ")")));
  if (data.incidents.length) at("scope").value = data.incidents[0].id;
  at("scope").addEventListener("change", draw);
  for (const [title, act] of [["Zoom in", () => zoom(0.5)], ["Zoom out", () => zoom(2)], ["Earlier", () => pan(-0.5)], ["Later", () => pan(0.5)], ["All of it", () => show(...whole)]])
    at("moves").append(make("button", { type: "button", "aria-controls": "chart", click: act }, title));
  at("chart").addEventListener("keydown", (event) => {
    if (!MOVES[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    MOVES[event.key]();
  });
  chart.on("click", (point) => { if (point.data && point.data.id) open(point.data.id, point.data.where); });
}
