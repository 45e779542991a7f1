/* Graphs of who handed what to whom: authority and data, a column per step, arrows along the edges. */
const KINDS = { access: { type: "solid", color: "--low" }, delegation: { type: "solid", color: "--medium" }, data: { type: "dashed", color: "--clean" } };
const CITED = ", cited by an alert";
/* How many rem apart columns are at least, how long a name can be, and what a letter takes where a name at the edge meets one in the middle. */
const COLUMN = 13, LETTERS = 34, LETTER = 9.5;
/* Graphs that were made, to draw them again in other colours or another width. */
const flows = [];
function graph(flow, title) {
  const drawn = number(flow.nodes.length) + " parties, " + counted(flow.edges.length, "arrow", "arrows");
  const canvas = make("div", { class: "flow", role: "img", "aria-label": "Graph of " + title + ": " + drawn + "; the table that follows tells the same." });
  flows.push([canvas, flow]);
  requestAnimationFrame(() => drawFlow(canvas, flow));
  const rest = flow.more ? flow.more.length + flow.left : 0;
  const told = flow.more ? folded("The same as a table" + (rest ? ", with " + number(rest) + " more that are not drawn" : ""), () => arrowRows([...flow.edges, ...flow.more], flow, title)) : arrowRows(flow.edges, flow, title);
  return make("div", {}, wide("The graph of " + title, canvas), told);
}
function arrowRows(edges, flow, title) {
  const alert = (edge) => (byId.has(edge.alert) ? [link("alert " + edge.alert, () => open(edge.alert))] : []);
  const proof = (edge) => make("div", {}, ...[...alert(edge), ...edge.evidence.map(cited)].map((one) => make("div", {}, one)));
  const caption = title + ": who handed what to whom" + (flow.left ? "; " + number(flow.left) + " more are left out" : "");
  return table(caption, ["What", "From", "To", "How", "Told by"], edges.map((edge) => [edge.what, edge.source, edge.target, edge.label, proof(edge)]), "arrows");
}
function tipOf({ data: one }) {
  if (one.edge) return [isolated(one.edge.source), one.edge.what + ": " + short(one.edge.label, 120), isolated(one.edge.target)].join("\n");
  return [one.name, ...(one.also || []).map((also) => "also " + also)].map(isolated).join("\n");
}
/* A line of each arrow; those that an alert cites are told apart in the legend too. */
function arrows(flow, spot, ratio) {
  return flow.edges.map((edge) => {
    const from = spot(edge.source), to = spot(edge.target), kind = KINDS[edge.what], color = ink(edge.what === "data" && edge.level ? "--critical" : kind.color);
    const angle = (Math.atan2((from[1] - to[1]) * ratio, to[0] - from[0]) * 180) / Math.PI - 90;
    const head = [from[0] + (to[0] - from[0]) * 0.6, from[1] + (to[1] - from[1]) * 0.6];
    return { type: "line", name: edge.what + (edge.level ? CITED : ""), symbol: "none", lineStyle: { width: edge.level ? 2.6 : 1.3, type: kind.type, color }, itemStyle: { color },
      data: [{ value: from }, { value: head, symbol: "triangle", symbolSize: 9, symbolRotate: angle, edge }, { value: to }] };
  });
}
/* A name stands above its party or below, and inside the picture at both edges. */
function partyOf(node, spot, columns) {
  const align = node.column === 0 ? "left" : node.column === columns ? "right" : "center", upper = node.column % 2 === 0;
  const shift = { left: -8, right: 8, center: 0 }[align];
  return { value: spot(node.id), name: node.id, also: node.also, label: { position: ["50%", upper ? -17 : "100%"], offset: [shift, upper ? 0 : 6], align },
    ...(node.level ? { itemStyle: { color: ink("--" + node.level) }, symbol: "diamond", symbolSize: 17 } : {}) };
}
function started(canvas) {
  const one = echarts.init(canvas, null, { renderer: "canvas" });
  one.on("click", ({ data: point }) => { if (point.edge && byId.has(point.edge.alert)) open(point.edge.alert); });
  return one;
}
function drawFlow(canvas, flow) {
  if (!canvas.isConnected || !canvas.clientWidth) return;
  const places = new Map(flow.nodes.map((node) => [node.id, node])), columns = Math.max(1, ...flow.nodes.map((node) => node.column));
  const depth = new Map();
  for (const node of flow.nodes) depth.set(node.column, Math.max(depth.get(node.column) || 0, node.row + 1));
  const tall = Math.max(...depth.values()), paper = document.body.classList.contains("paper");
  canvas.style.minWidth = paper ? "" : columns * COLUMN + "rem";
  canvas.style.height = Math.max(14, tall * 4 + 4) + "rem";
  const spot = (id) => { const node = places.get(id); return [node.column, (node.row + 0.5) * (tall / depth.get(node.column))]; };
  const one = echarts.getInstanceByDom(canvas) || started(canvas);
  one.resize();
  const apart = (one.getWidth() - 60) / columns, ratio = (one.getHeight() - 40) / tall / apart, text = ink("--ink");
  const letters = Math.min(LETTERS, Math.max(10, Math.floor((apart - 16) / LETTER)));
  one.setOption({
    animation: false, backgroundColor: "transparent", textStyle: { color: text },
    grid: { left: 30, right: 30, top: 34, bottom: 6 }, xAxis: { type: "value", show: false, min: 0, max: columns }, yAxis: { type: "value", show: false, inverse: true, min: 0, max: tall },
    legend: { top: 2, textStyle: { color: text }, selectedMode: false },
    tooltip: { renderMode: "richText", confine: true, backgroundColor: ink("--card"), borderColor: ink("--line"), textStyle: { color: text, fontSize: 13 }, formatter: tipOf },
    series: [...arrows(flow, spot, ratio), { type: "scatter", symbolSize: 13, z: 5, itemStyle: { color: ink("--accent"), opacity: 1 }, data: flow.nodes.map((node) => partyOf(node, spot, columns)),
      label: { show: true, color: text, backgroundColor: ink("--card"), padding: [1, 3], fontSize: 12, formatter: (point) => middle(point.data.name, letters) } }],
  }, { notMerge: true });
}
if (data.pictures) {
  const { authority, flow, lost } = data.pictures;
  for (const [title, picture, empty] of [["Who acts for whom", authority, "The trail shows nobody acting for another."], ["What went where", flow, "The trail shows no text going in or out of an agent."]])
    at("network-list").append(make("h3", {}, title), picture.edges.length ? graph(picture, title) : make("p", {}, empty));
  if (authority.edges.length + flow.edges.length)
    at("network-list").prepend(make("p", { class: "hint" }, "Of the whole run, what alerts speak of first. A diamond is named by an alert; a thick line is cited by one, which a click on its arrow opens." + (lost ? " " + number(lost) + " more were forgotten, the oldest first." : "")));
} else left("network");
