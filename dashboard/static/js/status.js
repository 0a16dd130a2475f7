// The one line that is read aloud: what changed, at most every five seconds.

const EVERY_MS = 5000;
let line, waiting = "", said = -EVERY_MS, timer = 0;

function speak() {
  timer = 0;
  said = performance.now();
  line.textContent = waiting;
}

/** Say it; a later text replaces one that has not been said yet. */
export function say(text) {
  waiting = text;
  timer ||= setTimeout(speak, Math.max(0, said + EVERY_MS - performance.now()));
}

/** Put the empty line into the page, before anything is to be said. */
export function startStatus() {
  line = document.createElement("p");
  line.className = "sr";
  line.id = "said";
  line.setAttribute("role", "status");
  document.body.append(line);
}
