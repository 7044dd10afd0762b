// A desk's page: hears its stream, puts the parts that have changed in their places, and asks for what is clicked.

import { $ } from "./cards.js";
import { ask } from "./ask.js";
import { really } from "./really.js";
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
      const field = place.querySelector(name);
      if (field && (!field.options || [...field.options].some((option) => option.value === value))) field.value = value;
    }
    if (focused) place.querySelector(focused)?.focus();
  }
  tick();
}

const path = (node) => `form[data-ask=${JSON.stringify(node.closest("form")?.dataset.ask ?? "")}] [name="${node.name}"]`;
const choices = (place) => [...place.querySelectorAll("[name]")].map((select) => [path(select), select.value]);

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
  if (node.dataset.really && !(await really(node.dataset.really, node.textContent))) return;
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
  for (const field of event.target.querySelectorAll("[name]")) {
    const [kind, name] = field.name === "to" ? field.value.split(/:(.*)/s) : [field.name, field.value];
    asked[kind] = field.dataset.number ? field.dataset.number * name : name;
  }
  wish(event.target, asked);
});

setInterval(tick, COUNT_MS);
