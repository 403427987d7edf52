// What the sequences found have in common: where their digits are, and how often each label occurs.

const plots = document.getElementById("plots");
const CELLS = 32; // of the heat map, on each side

function showPlots(chosen) {
  if (!plots.open) return;
  const columns = columnsOf("labels");
  document.getElementById("bars").replaceChildren(...columns.map((column) => barsOf(chosen, column)));
  showHeat(chosen);
}

function barsOf(chosen, column) {
  const counts = countLabels(chosen, column);
  const table = element("table", undefined, "bars");
  table.appendChild(element("caption", `${column}, in the sequences found`));
  const most = Math.max(1, ...counts.values());
  for (const [name, count] of counts) {
    const row = table.insertRow();
    const head = row.appendChild(element("th", name));
    head.scope = "row";
    row.insertCell().appendChild(element("div", undefined, "bar")).style.width = `${(100 * count) / most}%`;
    row.insertCell().textContent = count.toLocaleString("en");
  }
  return table;
}

// (CELLS, CELLS) counts of the middles of digits in all frames, over frames of any size.
function countPlaces(chosen) {
  const counts = new Float64Array(CELLS * CELLS);
  for (const sequence of chosen) {
    const corners = cornersOf(sequence);
    const [, height, width] = sequence.shape;
    for (let place = 0; corners && place < corners.length; place += 2) {
      const row = Math.floor(((corners[place] + sequence.size[0] / 2) / height) * CELLS);
      const col = Math.floor(((corners[place + 1] + sequence.size[1] / 2) / width) * CELLS);
      if (row >= 0 && row < CELLS && col >= 0 && col < CELLS) counts[row * CELLS + col] += 1;
    }
  }
  return counts;
}

function showHeat(chosen) {
  const canvas = document.getElementById("heat");
  const known = chosen.some((sequence) => sequence.corners);
  canvas.closest("figure").hidden = !known;
  if (!known) return;
  const counts = countPlaces(chosen);
  const most = counts.reduce((largest, count) => Math.max(largest, count), 1);
  canvas.width = canvas.height = CELLS;
  const context = canvas.getContext("2d");
  const image = context.createImageData(CELLS, CELLS);
  const colour = getComputedStyle(document.body).getPropertyValue("--heat").trim().split(" ").map(Number);
  counts.forEach((count, cell) => image.data.set([...colour, Math.round((255 * count) / most)], 4 * cell));
  context.putImageData(image, 0, 0);
  const words = `Where the middles of digits are, in all frames: up to ${most.toLocaleString("en")} in a place`;
  document.getElementById("heat-words").textContent = words;
  canvas.setAttribute("aria-label", words);
}
