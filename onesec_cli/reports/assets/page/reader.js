/* The reader: light and dark, paper, keys, links to one alert. Last, when all parts stand. */
const PRINTED = 1000, READ = 30;
const dark = () => at("theme").getAttribute("aria-pressed") === "true";
function redraw() {
  draw();
  for (const [canvas, flow] of flows) drawFlow(canvas, flow);
}
function theme(wanted) {
  document.documentElement.setAttribute("data-theme", wanted ? "dark" : "light");
  at("theme").setAttribute("aria-pressed", String(wanted));
  redraw();
}
const prefers = matchMedia("(prefers-color-scheme: dark)");
at("theme").addEventListener("click", () => theme(!dark()));
prefers.addEventListener("change", () => theme(prefers.matches));
matchMedia("(forced-colors: active)").addEventListener("change", redraw);
addEventListener("resize", () => {
  if (chart) chart.resize();
  for (const [canvas, flow] of flows) drawFlow(canvas, flow);
});
/* On paper: light, as wide as a sheet, incidents unfolded, the first alerts open. Afterwards all is as it was. */
let afterwards = [];
addEventListener("beforeprint", () => {
  const boxes = [...document.querySelectorAll("#incident-list > article details:not([open], .repeated)")], was = dark();
  more(Math.max(0, Math.min(PRINTED, chosen.length) - made));
  const buttons = [...rows.querySelectorAll("button.opens")].slice(0, READ).filter((button) => button.getAttribute("aria-expanded") === "false");
  document.body.classList.add("paper");
  boxes.forEach(unfold);
  for (const button of buttons) button.click();
  theme(false);
  afterwards = [() => document.body.classList.remove("paper"), () => { for (const box of boxes) box.open = false; }, () => { for (const button of buttons) button.click(); }, () => theme(was)];
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
