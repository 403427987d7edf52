// What can be chosen: built from what the sequences have.

function option(value, text = value) {
  const made = element("option", text);
  made.value = value;
  return made;
}

function toggle(text, pressed, change) {
  const button = element("button", text);
  button.type = "button";
  button.setAttribute("aria-pressed", pressed);
  button.addEventListener("click", () => {
    const now = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", now);
    change(now);
  });
  return button;
}

function fillSelects() {
  const groups = [...new Set(sequences.map((sequence) => sequence.group))];
  document.getElementById("group").append(option("", "all"), ...groups.map((name) => option(name)));
  document.getElementById("groups").hidden = groups.length < 2;
  const single = (column) => sequences.every((each) => (each.labels[column] ?? [""]).length === 1);
  const keys = [...columnsOf("numbers"), ...columnsOf("texts"), ...columnsOf("labels").filter(single)];
  document.getElementById("sort").append(option("", "row"), ...keys.map((name) => option(name)));
}

// One row of buttons a column of labels: pressed, a sequence must have that label.
function fillFilters(changed) {
  for (const column of columnsOf("labels")) {
    const fieldset = document.getElementById("filters").appendChild(element("fieldset"));
    fieldset.append(element("legend", column));
    fieldset.title = "Sequences with all that are pressed";
    const chosen = new Set();
    query.labels.set(column, chosen);
    for (const name of countLabels(sequences, column).keys()) {
      const holding = sequences.filter((sequence) => sequence.labels[column]?.includes(name)).length;
      const button = toggle(name, false, (pressed) => {
        if (pressed) chosen.add(name);
        else chosen.delete(name);
        changed();
      });
      button.append(element("small", holding.toLocaleString("en")));
      fieldset.append(button);
    }
  }
}

function clearFilters() {
  for (const chosen of query.labels.values()) chosen.clear();
  for (const button of document.querySelectorAll("#filters button")) button.setAttribute("aria-pressed", false);
}

// Buttons of the marks that some sequence has.
function fillMarks() {
  const known = {
    boxes: sequences.some((sequence) => sequence.boxes),
    paths: sequences.some((sequence) => sequence.corners),
    labels: sequences.some((sequence) => sequence.corners && digitNames(sequence)),
  };
  for (const name of Object.keys(known).filter((each) => known[each])) {
    const button = toggle(name[0].toUpperCase() + name.slice(1), marks.has(name), (pressed) => {
      if (pressed) marks.add(name);
      else marks.delete(name);
      drawAll();
    });
    button.dataset.mark = name;
    button.title = name[0].toUpperCase();
    document.getElementById("marks").append(button);
  }
}

// What sequences without annotations have no use for.
function hideUseless() {
  const groups = new Set(sequences.map((sequence) => sequence.group)).size;
  document.getElementById("words").closest("label").hidden = !columnsOf("texts").length && groups < 2;
  plots.hidden = !columnsOf("labels").length && !sequences.some((sequence) => sequence.corners);
}

function readQuery() {
  query.words = document.getElementById("words").value.toLowerCase().split(/\s+/).filter(Boolean);
  query.group = document.getElementById("group").value;
  query.sort = document.getElementById("sort").value;
  query.down = document.getElementById("down").checked;
}
