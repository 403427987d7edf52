// The sequences of the page. Their frames are unpacked when they are needed.

const data = JSON.parse(document.getElementById("data").textContent);
const sequences = data.sequences;
const MOST_KEPT = 96e6; // bytes of unpacked frames

const kept = new Map(); // sequence -> Promise of what unpack gives; the one asked for last comes last
let keptBytes = 0;

function bytesIn(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

async function inflated(text) {
  const stream = new Blob([bytesIn(text)]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).arrayBuffer();
}

async function unpack(sequence) {
  const part = async (name, Kind) => (sequence[name] ? new Kind(await inflated(sequence[name])) : null);
  const [frames, predicted, boxes] = await Promise.all([
    part("pixels", Uint8Array),
    part("predicted", Uint8Array),
    part("boxes", Int16Array),
  ]);
  return { frames, predicted, boxes, corners: cornersOf(sequence) };
}

// (k, t, 2) int16: pixels (row, col) of each digit's corner in each frame; null if they are not known.
function cornersOf(sequence) {
  return sequence.corners ? new Int16Array(bytesIn(sequence.corners).buffer) : null;
}

function bytesOf(sequence) {
  return sequence.shape.reduce((product, side) => product * side, sequence.predicted ? 2 : 1);
}

// A Promise of {frames, predicted, boxes, corners}; what was asked for long ago is forgotten.
function unpacked(sequence) {
  const known = kept.get(sequence);
  kept.delete(sequence);
  if (!known) keptBytes += bytesOf(sequence);
  kept.set(sequence, known ?? unpack(sequence));
  for (const oldest of kept.keys()) {
    if (keptBytes <= MOST_KEPT || oldest === sequence) break;
    kept.delete(oldest);
    keptBytes -= bytesOf(oldest);
  }
  return kept.get(sequence);
}

const lengthOf = (sequence) => sequence.shape[0];

// The digits by name, or null.
const digitNames = (sequence) => sequence.labels.labels ?? null;

// The names of all that sequences have of a kind: "numbers", "texts" or "labels".
function columnsOf(kind) {
  return [...new Set(sequences.flatMap((sequence) => Object.keys(sequence[kind])))];
}
