// Which frame is shown, of all sequences or, while they stand still, of the one that is pointed at.

const FRAMES_A_SECOND = 10;
const clock = { time: 0, playing: false, speed: 1, length: 1, alone: null, aloneTime: 0, last: 0, changed: () => {} };

function setTime(time) {
  clock.time = ((time % clock.length) + clock.length) % clock.length;
  clock.changed();
}

function setPlaying(playing) {
  clock.playing = playing;
  if (playing) clock.alone = null;
  clock.changed();
}

// The frame of a sequence that is shown now; short sequences begin again while longer ones go on.
function timeOf(sequence) {
  return (clock.alone === sequence ? clock.aloneTime : clock.time) % lengthOf(sequence);
}

// Play one sequence, or none with null, while all others stand still.
function playAlone(sequence) {
  if (clock.playing || clock.alone === sequence) return;
  clock.alone = sequence;
  clock.aloneTime = clock.time;
  clock.changed();
}

function tick(now) {
  requestAnimationFrame(tick);
  const steps = Math.floor(((now - clock.last) / 1000) * FRAMES_A_SECOND * clock.speed);
  if (steps < 1) return;
  clock.last = now;
  if (clock.playing) setTime(clock.time + 1);
  else if (clock.alone) {
    clock.aloneTime += 1;
    clock.changed();
  }
}
