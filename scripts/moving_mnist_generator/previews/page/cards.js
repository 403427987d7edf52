// The sequences of a page: a list of cards, each with a canvas that is drawn while it is in sight.

const grid = document.getElementById("grid");
let cards = [];
let zoom = 2;

const sight = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) {
      const card = cards.find((each) => each.item === entry.target);
      if (!card) continue;
      card.seen = entry.isIntersecting;
      if (card.seen) show(card);
    }
  },
  { rootMargin: "200px" },
);

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

const nameOf = (sequence) => `${sequence.group ? `${sequence.group} ` : ""}${sequence.row}`;

function describe(sequence) {
  const names = digitNames(sequence);
  return sequence.texts.caption ?? (names ? names.join(", ") : `${lengthOf(sequence)} frames`);
}

function newCard(sequence) {
  const item = element("li");
  const figure = item.appendChild(element("figure"));
  const button = figure.appendChild(element("button", undefined, "frames"));
  button.type = "button";
  button.setAttribute("aria-label", `Sequence ${nameOf(sequence)}: ${describe(sequence)}`);
  const canvas = button.appendChild(element("canvas"));
  figure.appendChild(captionOf(sequence));
  const card = { sequence, item, canvas, parts: null, seen: false };
  button.addEventListener("click", () => openDetail(sequence));
  for (const name of ["pointerenter", "focus"]) button.addEventListener(name, () => playAlone(sequence));
  for (const name of ["pointerleave", "blur"]) button.addEventListener(name, () => playAlone(null));
  fitCanvas(canvas, sequence, zoom);
  return card;
}

function captionOf(sequence) {
  const caption = element("figcaption");
  caption.append(element("b", nameOf(sequence)), " ");
  const names = digitNames(sequence);
  if (names) caption.append(element("span", names.join(", ")));
  const number = query.sort in sequence.numbers ? query.sort : "mse";
  if (number in sequence.numbers) caption.append(" ", element("span", `${number} ${sequence.numbers[number]}`));
  if (sequence.texts.caption) caption.append(element("p", sequence.texts.caption));
  return caption;
}

function showCards(chosen) {
  sight.disconnect();
  cards = chosen.map(newCard);
  grid.replaceChildren(...cards.map((card) => card.item));
  grid.style.setProperty("--tile", `${Math.max(64, ...chosen.map((each) => sizeOf(each)[1])) * zoom}px`);
  for (const card of cards) sight.observe(card.item);
}

function setZoom(value) {
  zoom = value;
  showCards(cards.map((card) => card.sequence));
}

async function show(card) {
  card.parts ??= await unpacked(card.sequence);
  draw(card);
}

function draw(card) {
  if (!card.parts || !card.seen) return;
  drawSequence(card.canvas, card.sequence, card.parts, timeOf(card.sequence), card.zoom ?? zoom);
  card.canvas.dataset.time = timeOf(card.sequence);
}

// What is opened: one sequence, large, with all that its row says.

const detail = document.getElementById("detail");
let large = null; // the card of the dialog while it is open

function openDetail(sequence) {
  const canvas = document.getElementById("large");
  document.getElementById("detail-title").textContent = `Sequence ${nameOf(sequence)}`;
  canvas.setAttribute("aria-label", describe(sequence));
  const [height, width] = sizeOf(sequence);
  const room = Math.min((window.innerWidth - 80) / width, (window.innerHeight - 260) / height);
  large = { sequence, canvas, parts: null, seen: true, zoom: Math.max(1, Math.min(8, Math.floor(room))) };
  document.getElementById("values").replaceChildren(...valuesOf(sequence));
  detail.showModal();
  byId("detail-play").focus();
  show(large);
}

function valuesOf(sequence) {
  const [frames, height, width, channels] = sequence.shape;
  const shape = `${frames} frames of ${height} x ${width}${channels === 3 ? ", in colour" : ""}`;
  const labels = Object.entries(sequence.labels).map(([name, values]) => [name, values.join(", ")]);
  const all = [...Object.entries(sequence.numbers), ...labels, ...Object.entries(sequence.texts)];
  return [["row", sequence.row], ["shape", shape], ...all].flatMap(([name, value]) => [
    element("dt", name),
    element("dd", String(value)),
  ]);
}

detail.addEventListener("close", () => (large = null));

function drawAll() {
  for (const card of cards) draw(card);
  if (large) draw(large);
}
