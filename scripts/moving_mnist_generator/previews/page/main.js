// The page as a whole: pages of what is found, the player, the keys.

const byId = (id) => document.getElementById(id);
const count = (number) => number.toLocaleString("en");
let chosen = [];
let page = 0;

const many = () => Number(byId("many").value);
const pages = () => Math.max(1, Math.ceil(chosen.length / many()));

function search() {
  readQuery();
  chosen = found();
  const { past } = sequences.find((each) => each.predicted) ?? {};
  const words = past ? `; truth above prediction, ${past} past frames with a blue edge` : "";
  byId("status").textContent = `${count(chosen.length)} of ${count(sequences.length)} sequences${words}`;
  byId("none").hidden = chosen.length > 0;
  goTo(0);
  showPlots(chosen);
}

function goTo(number) {
  page = Math.max(0, Math.min(number, pages() - 1));
  const shown = chosen.slice(page * many(), (page + 1) * many());
  clock.length = Math.max(1, ...shown.map(lengthOf));
  clock.alone = null;
  byId("frame").max = clock.length - 1;
  showCards(shown);
  for (const nav of document.querySelectorAll(".pages")) {
    nav.querySelector(".where").textContent = `page ${count(page + 1)} of ${count(pages())}`;
    nav.querySelector('[data-step="-1"]').disabled = page === 0;
    nav.querySelector('[data-step="1"]').disabled = page === pages() - 1;
  }
  setTime(clock.time);
}

function showTime() {
  for (const id of ["play", "detail-play"]) {
    byId(id).textContent = clock.playing ? "Pause" : "Play";
  }
  byId("frame").value = clock.time;
  byId("frame").setAttribute("aria-valuetext", `frame ${clock.time + 1} of ${clock.length}`);
  byId("time").textContent = `${clock.time + 1} / ${clock.length}`;
  drawAll();
}

function step(frames) {
  setPlaying(false);
  setTime(clock.time + frames);
}

const KEYS = {
  " ": () => setPlaying(!clock.playing),
  ArrowLeft: (event) => (event.shiftKey ? goTo(page - 1) : step(-1)),
  ArrowRight: (event) => (event.shiftKey ? goTo(page + 1) : step(1)),
  "/": () => byId("words").focus(),
  "?": () => byId("help").showModal(),
  b: () => document.querySelector('[data-mark="boxes"]')?.click(),
  p: () => document.querySelector('[data-mark="paths"]')?.click(),
  l: () => document.querySelector('[data-mark="labels"]')?.click(),
};

function onKey(event) {
  const writing = event.target.closest?.('input[type="search"], input[type="checkbox"], select');
  if (event.target.type === "range" && event.key.startsWith("Arrow")) return; // which moves the range itself
  const pressing = event.key === " " && event.target.closest?.("button, summary");
  const act = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!act || writing || pressing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (document.querySelector("dialog[open]") && "/?".includes(event.key)) return;
  event.preventDefault();
  act(event);
}

function wire() {
  clock.changed = showTime;
  for (const id of ["play", "detail-play"]) byId(id).addEventListener("click", () => setPlaying(!clock.playing));
  byId("frame").addEventListener("input", (event) => step(Number(event.target.value) - clock.time));
  byId("speed").addEventListener("change", (event) => (clock.speed = Number(event.target.value)));
  byId("zoom").addEventListener("change", (event) => setZoom(Number(event.target.value)));
  byId("keys").addEventListener("click", () => byId("help").showModal());
  for (const id of ["words", "group", "sort", "down", "many"]) byId(id).addEventListener("input", search);
  byId("query").addEventListener("submit", (event) => event.preventDefault());
  byId("query").addEventListener("reset", () => setTimeout(() => (clearFilters(), search())));
  for (const button of document.querySelectorAll("[data-step]")) {
    button.addEventListener("click", () => goTo(page + Number(button.dataset.step)));
  }
  plots.addEventListener("toggle", () => showPlots(chosen));
  document.addEventListener("keydown", onKey);
}

if (!("DecompressionStream" in window)) byId("old").hidden = false;
fillSelects();
fillFilters(search);
fillMarks();
hideUseless();
wire();
search();
setPlaying(!matchMedia("(prefers-reduced-motion: reduce)").matches);
requestAnimationFrame(tick);
