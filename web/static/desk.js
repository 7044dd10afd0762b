// A desk's page: hears its stream, puts the parts that have changed in their places, and asks for what is clicked.

import { $ } from "./cards.js";
import { ask } from "./ask.js";
import { clock, countAges, listen, sayHowTrue, setText, COUNT_MS } from "./live.js";

const TWICE_MS = 600; // a second click within it is a double click, not another wish
const main = $("desk");
const known = {};

function show({ parts }) {
  for (const [part, html] of Object.entries(parts ?? {})) {
    if (known[part] === html) continue;
    const place = $(part);
    const [focused, chosen] = [focus(place), choices(place)];
    known[part] = html;
    place.innerHTML = html; // rendered and escaped by our own templates
    for (const [name, value] of chosen) {
      const select = place.querySelector(name);
      if (select && [...select.options].some((option) => option.value === value)) select.value = value;
    }
    if (focused) place.querySelector(focused)?.focus();
  }
  tick();
}

const path = (node) => `form[data-ask=${JSON.stringify(node.closest("form")?.dataset.ask ?? "")}] [name="${node.name}"]`;
const choices = (place) => [...place.querySelectorAll("select")].map((select) => [path(select), select.value]);

function focus(place) {
  const node = document.activeElement;
  if (!place.contains(node)) return null;
  return node.dataset.ask ? `[data-ask=${JSON.stringify(node.dataset.ask)}]` : node.name ? path(node) : null;
}

const live = listen(main.dataset.live, Number(main.dataset.now), show, (state, at_ms) => {
  sayHowTrue(state, at_ms);
  tick();
});

function tick() {
  const at = live?.now() ?? null;
  if (at === null) return;
  setText($("clock"), clock.format(at));
  countAges(at);
}

let clicked = -TWICE_MS;

async function wish(node, asked) {
  if (performance.now() - clicked < TWICE_MS) return;
  clicked = performance.now();
  node.setAttribute("aria-busy", "true");
  const { said } = await ask(asked);
  node.removeAttribute("aria-busy");
  $("answer").textContent = said;
  $("answer").hidden = !said;
}

main.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-ask]");
  if (button) wish(button, JSON.parse(button.dataset.ask));
});

main.addEventListener("submit", (event) => {
  event.preventDefault();
  const asked = JSON.parse(event.target.dataset.ask);
  for (const select of event.target.querySelectorAll("select")) {
    const [kind, name] = select.name === "to" ? select.value.split(/:(.*)/s) : [select.name, select.value];
    asked[kind] = "number" in select.dataset ? Number(name) : name;
  }
  wish(event.target, asked);
});

setInterval(tick, COUNT_MS);
