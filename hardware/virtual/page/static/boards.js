// The page of boards: hears what each shows, draws it, and sends each finger that goes down or up.

const LOST_MS = 6000;
const AGAIN_MS = 1500;
const DIM = 64; // the firmware's brightest: what a lamp of LEDs shows as full
const boards = new Map([...document.querySelectorAll("[data-board]")].map((node) => [node.dataset.board, node]));
let heard = performance.now();

function connect() {
  const stream = new EventSource("/live?lang=" + document.documentElement.lang);
  stream.onerror = () => {
    stream.close(); // some answers it would never try again after
    setTimeout(connect, AGAIN_MS);
  };
  stream.onmessage = (event) => {
    heard = performance.now();
    document.getElementById("lost").hidden = true;
    for (const [name, now] of Object.entries(JSON.parse(event.data))) show(boards.get(name), now);
  };
}

function show(node, { on, lamp, says, rev, faults }) {
  node.classList.toggle("off", !on);
  node.querySelector("[data-power=off]").hidden = !on;
  node.querySelector("[data-power=on]").hidden = on;
  node.querySelectorAll(".lamp i").forEach((pixel, i) => {
    const [red, green, blue] = (lamp?.[i] ?? [0, 0, 0]).map((level) => Math.min(255, Math.round((level * 255) / DIM)));
    pixel.style.setProperty("--light", `rgb(${red} ${green} ${blue})`);
    pixel.classList.toggle("lit", red + green + blue > 0);
  });
  node.querySelector(".says")?.replaceChildren(says);
  const screen = node.querySelector(".screen");
  if (screen) {
    screen.hidden = rev === null;
    if (rev !== null) screen.src = `/board/${node.dataset.board}/screen.png?rev=${rev}`;
  }
  node.querySelector(".faults").hidden = faults.length === 0;
  node.querySelector(".faults span").textContent = faults.join(" ");
}

const wires = new Map(); // board -> what is on its way: a finger must not come up before it went down

function send(board, what, body) {
  const before = wires.get(board) ?? Promise.resolve();
  const sent = before
    .then(() => fetch(`/board/${board}/${what}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }))
    .then((answer) => boards.get(board).classList.toggle("deaf", !answer.ok));
  wires.set(board, sent.catch(() => boards.get(board).classList.add("deaf")));
}

const boardOf = (node) => node.closest("[data-board]").dataset.board;

function press(button, level) {
  if (button.classList.contains("down") === (level === 0)) return;
  button.classList.toggle("down", level === 0);
  send(boardOf(button), "level", { key: button.dataset.key, level });
}

for (const button of document.querySelectorAll("[data-key]")) {
  button.addEventListener("pointerdown", (event) => {
    button.setPointerCapture(event.pointerId);
    press(button, 0);
  });
  for (const up of ["pointerup", "pointercancel", "lostpointercapture", "blur"]) button.addEventListener(up, () => press(button, 1));
  button.addEventListener("keydown", (event) => [" ", "Enter"].includes(event.key) && press(button, 0));
  button.addEventListener("keyup", () => press(button, 1));
  button.addEventListener("contextmenu", (event) => event.preventDefault());
}
for (const button of document.querySelectorAll("[data-power]")) {
  button.addEventListener("click", () => send(boardOf(button), "power", { on: button.dataset.power === "on" }));
}

setInterval(() => (document.getElementById("lost").hidden = performance.now() - heard < LOST_MS), 500);
connect();
