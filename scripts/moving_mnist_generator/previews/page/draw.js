// One frame of a sequence on a canvas, enlarged pixel by pixel, and marks over it.

const MARGIN = 2; // pixels around truth and prediction, whose colour says past or future
const marks = new Set(data.show); // those that are drawn: boxes, paths, labels
const raster = document.createElement("canvas"); // a frame at its own size
const rasterContext = raster.getContext("2d");

const marginOf = (sequence) => (sequence.predicted ? MARGIN : 0);

// [height, width] of what is drawn of a sequence, in pixels of its frames.
function sizeOf(sequence) {
  const [, height, width] = sequence.shape;
  const margin = marginOf(sequence);
  return sequence.predicted ? [2 * height + 3 * margin, width + 2 * margin] : [height, width];
}

function fitCanvas(canvas, sequence, zoom) {
  const [height, width] = sizeOf(sequence);
  const factor = zoom * Math.max(1, Math.round(window.devicePixelRatio));
  if (canvas.width !== width * factor || canvas.height !== height * factor) {
    canvas.width = width * factor;
    canvas.height = height * factor;
  }
  canvas.style.width = `${width * zoom}px`;
  return factor;
}

function drawSequence(canvas, sequence, parts, time, zoom) {
  const factor = fitCanvas(canvas, sequence, zoom);
  const context = canvas.getContext("2d");
  context.imageSmoothingEnabled = false;
  const margin = marginOf(sequence);
  if (margin) {
    context.fillStyle = getComputedStyle(document.body).getPropertyValue(time < sequence.past ? "--past" : "--line");
    context.fillRect(0, 0, canvas.width, canvas.height);
  }
  const tops = parts.predicted ? [margin, sequence.shape[1] + 2 * margin] : [0];
  [parts.frames, parts.predicted].slice(0, tops.length).forEach((frames, index) => {
    context.setTransform(factor, 0, 0, factor, margin * factor, tops[index] * factor);
    drawFrame(context, sequence, frames, time);
    drawMarks(context, sequence, parts, time, factor);
  });
  context.setTransform(1, 0, 0, 1, 0, 0);
}

function drawFrame(context, sequence, frames, time) {
  const [, height, width, channels] = sequence.shape;
  raster.width = width;
  raster.height = height;
  const image = rasterContext.createImageData(width, height);
  let from = time * height * width * channels;
  for (let to = 0; to < image.data.length; to += 4) {
    for (let channel = 0; channel < 3; channel++) {
      image.data[to + channel] = frames[from + (channels === 3 ? channel : 0)];
    }
    image.data[to + 3] = 255;
    from += channels;
  }
  rasterContext.putImageData(image, 0, 0);
  context.drawImage(raster, 0, 0);
}

function drawMarks(context, sequence, parts, time, factor) {
  if (!parts.corners || !marks.size) return;
  const [frames, height, width] = sequence.shape;
  context.save();
  context.beginPath();
  context.rect(0, 0, width, height);
  context.clip();
  context.lineWidth = Math.max(1, Math.round(factor / 3)) / factor;
  for (let digit = 0; digit < sequence.digits; digit++) {
    context.strokeStyle = context.fillStyle = data.colours[digit % data.colours.length];
    const at = digit * frames;
    if (marks.has("paths")) drawPath(context, parts.corners, sequence.size, at, time);
    const box = boxAt(parts, sequence.size, at + time);
    if (marks.has("boxes") && parts.boxes) drawBox(context, box);
    const seen = !parts.boxes || box[2] > box[0];
    if (marks.has("labels") && seen) drawLabel(context, box, digitNames(sequence)?.[digit], factor, width);
  }
  context.restore();
}

// [top, left, bottom, right] of a digit in a frame: of its ink if that is known, else of its picture.
function boxAt(parts, size, place) {
  if (parts.boxes) return parts.boxes.subarray(4 * place, 4 * place + 4);
  const [row, col] = parts.corners.subarray(2 * place, 2 * place + 2);
  return [row, col, row + size[0], col + size[1]];
}

function drawBox(context, [top, left, bottom, right]) {
  const half = context.lineWidth / 2;
  if (bottom > top) context.strokeRect(left + half, top + half, right - left - 2 * half, bottom - top - 2 * half);
}

function drawPath(context, corners, size, at, time) {
  const middle = (step) => [corners[2 * (at + step) + 1] + size[1] / 2, corners[2 * (at + step)] + size[0] / 2];
  context.beginPath();
  context.moveTo(...middle(0));
  for (let step = 1; step <= time; step++) context.lineTo(...middle(step));
  context.stroke();
  context.beginPath();
  context.arc(...middle(time), 2 * context.lineWidth, 0, 2 * Math.PI);
  context.fill();
}

function drawLabel(context, [top, left], name, factor, width) {
  if (!name) return;
  const size = Math.max(11, 2.5 * factor) / factor; // pixels of a frame
  context.font = `600 ${size}px system-ui, sans-serif`;
  context.textBaseline = "top";
  const x = Math.max(0.5, Math.min(left, width - context.measureText(name).width - 0.5));
  const y = Math.max(0.5, top - size);
  context.lineWidth *= 2;
  const colour = context.strokeStyle;
  context.strokeStyle = "#000";
  context.strokeText(name, x, y);
  context.strokeStyle = colour;
  context.lineWidth /= 2;
  context.fillText(name, x, y);
}
