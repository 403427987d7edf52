// Which sequences are looked at, and in which order.

const query = { words: [], group: "", labels: new Map(), sort: "", down: false };

function hasWords(sequence) {
  if (!query.words.length) return true;
  const text = [sequence.group, ...Object.values(sequence.texts)].join("\n").toLowerCase();
  return query.words.every((word) => text.includes(word));
}

function hasLabels(sequence) {
  for (const [column, names] of query.labels) {
    for (const name of names) if (!sequence.labels[column]?.includes(name)) return false;
  }
  return true;
}

function isFound(sequence) {
  return (!query.group || sequence.group === query.group) && hasWords(sequence) && hasLabels(sequence);
}

// What a sequence is sorted by: a number or a text; undefined if it has none.
function keyOf(sequence, sort) {
  return sequence.numbers[sort] ?? sequence.texts[sort] ?? sequence.labels[sort]?.join(" ");
}

function compare(first, second) {
  if (first === undefined || second === undefined) return (first === undefined) - (second === undefined);
  const order = typeof first === "string" || typeof second === "string" ? textOrder(first, second) : first - second;
  return query.down ? -order : order;
}

function textOrder(first, second) {
  return String(first).localeCompare(String(second), "en", { numeric: true });
}

// The sequences that are looked at, in order; those without what they are sorted by come last.
function found() {
  const chosen = sequences.filter(isFound);
  if (!query.sort) return query.down ? chosen.reverse() : chosen;
  const keys = new Map(chosen.map((sequence) => [sequence, keyOf(sequence, query.sort)]));
  return chosen.sort((first, second) => compare(keys.get(first), keys.get(second)));
}

// {name: count} of a column of labels; each time that a name occurs is counted.
function countLabels(chosen, column) {
  const counts = new Map();
  for (const sequence of chosen) {
    for (const name of sequence.labels[column] ?? []) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return new Map([...counts].sort(([first], [second]) => textOrder(orderOf(first), orderOf(second))));
}

const DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
const orderOf = (name) => (DIGITS.includes(name) ? String(DIGITS.indexOf(name)) : name);
