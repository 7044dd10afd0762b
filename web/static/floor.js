// The floor's page: hears /live, patches the cards by key, counts the ages, and asks for what is clicked.

import { $, agentCard, deskCard, helpCard, queueCard, sentence, timezone, word } from "./cards.js";

const LOST_MS = 8000; // without a word from the web
const AGAIN_MS = 1500; // between two tries
const COUNT_MS = 250; // between two looks at the clock
const TWICE_MS = 600; // a second click within it is a double click, not another wish
const ANSWER_MS = 10000;
const AGENTS_MAX = 60; // shown at once when signing in

// ---- patching: a node is touched only where what it shows is another

const shown = new WeakMap(); // node -> the item that it shows, as text

function fill(node, [data, slots]) {
  for (const [name, value] of Object.entries(data)) if (node.dataset[name] !== String(value)) node.dataset[name] = value;
  for (const use of node.querySelectorAll("use")) {
    const icon = String(data[use.dataset.icon] || "supervisor").split(" ")[0];
    if (use.getAttribute("href") !== `#i-${icon}`) use.setAttribute("href", `#i-${icon}`);
  }
  for (const slot of node.querySelectorAll("[data-slot]")) {
    const value = slots[slot.dataset.slot] ?? "";
    slot.hidden = value === "";
    if (typeof value === "number") slot.dataset.since = value;
    else delete slot.dataset.since;
    if (typeof value !== "number" && slot.textContent !== value) slot.textContent = value;
  }
}

function patch(id, items, card) {
  const list = $(id);
  const old = new Map([...list.children].map((node) => [node.dataset.key, node]));
  let place = list.firstElementChild;
  for (const item of items) {
    const made = card(item);
    const node = old.get(made[0].key) ?? $(`${id}-card`).content.firstElementChild.cloneNode(true);
    old.delete(made[0].key);
    const text = JSON.stringify(item);
    if (shown.get(node) !== text) fill(node, made);
    shown.set(node, text);
    if (node === place) place = place.nextElementSibling;
    else list.insertBefore(node, place);
  }
  for (const node of old.values()) {
    const focused = node.contains(document.activeElement);
    node.remove();
    if (focused) $(`${id}-heading`).focus();
  }
  list.parentElement.querySelector(".none").hidden = items.length > 0;
}

let page = { agents: [] };
let helpKnown = null;

function show(next) {
  page = next;
  patch("helps", page.help, helpCard);
  patch("queues", page.queues, queueCard);
  patch("desks", page.desks, deskCard);
  patch("phones", page.phones, agentCard);
  const alarms = page.alarms.map(sentence);
  if ($("alarms").textContent !== alarms.join("")) {
    $("alarms").replaceChildren(...alarms.map((text) => Object.assign(document.createElement("li"), { textContent: text })));
  }
  $("alarms").parentElement.hidden = alarms.length === 0;
  document.querySelector(".helps").dataset.count = page.help.length;
  document.title = (page.help.length ? `(${page.help.length}) ${word("help")} · ` : "") + `${word("title")} · ${page.site}`;
  sayNewHelp();
  if ($("sign-in").open) listAgents();
  tick();
}

function sayNewHelp() {
  const asking = new Map(page.help.map((h) => [`${h.desk} ${h.help} ${h.raised_ms}`, h]));
  const fresh = [...asking].filter(([key]) => helpKnown && !helpKnown.has(key)).map(([, h]) => h);
  helpKnown = asking;
  if (fresh.length) $("said").textContent = fresh.map((h) => word("help.said", h.desk, h.name)).join(" ");
}

// ---- the connection and the clock

let offset_ms = null; // the web's clock less ours
let heard_ms = Number($("floor").dataset.now); // when the web last said something, by its clock
let heard_at = performance.now(); // the same, by ours
let tried_at = 0;
let stream = null;
let state = "connecting"; // then live, away (the core is gone) or lost (the web is)

function now() {
  if (state === "lost") return heard_ms;
  if (state === "away") return page.away_ms;
  return offset_ms === null ? null : Date.now() + offset_ms;
}

function connect() {
  tried_at = performance.now();
  const mine = (stream = new EventSource("/live"));
  mine.addEventListener("beat", (event) => {
    if (mine !== stream) return;
    heard_ms = JSON.parse(event.data).now_ms;
    heard_at = performance.now();
    offset_ms = heard_ms - Date.now();
    if (state !== "connecting") become(page.away_ms ? "away" : "live");
  });
  mine.addEventListener("floor", (event) => {
    if (mine !== stream) return;
    show(JSON.parse(event.data));
    become(page.away_ms ? "away" : "live");
  });
  mine.addEventListener("error", () => mine === stream && lose());
}

function lose() {
  stream.close();
  stream = null;
  become("lost");
}

function become(next) {
  state = next;
  const at = { lost: heard_ms, away: page.away_ms }[state];
  const banner = at ? word(`banner.${state}`, clock.format(at)) : "";
  $("state").dataset.state = state;
  setText($("state"), word(`state.${state}`));
  setText($("banner"), banner);
  $("banner").hidden = !banner;
  document.body.classList.toggle("old", Boolean(at));
  tick();
}

function watch() {
  const since = Math.max(heard_at, tried_at);
  if (stream && performance.now() - since > LOST_MS) lose();
  else if (!stream && performance.now() - tried_at > AGAIN_MS) connect();
  tick();
}

const clock = new Intl.DateTimeFormat("en-GB", { timeZone: timezone, hour: "2-digit", minute: "2-digit", second: "2-digit" });

function age(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (count) => String(count).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return (hours ? `${hours}:` : "") + `${two(minutes)}:${two(seconds % 60)}`;
}

function tick() {
  const at = now();
  if (at === null) return;
  setText($("clock"), clock.format(at));
  for (const node of document.querySelectorAll("[data-since]")) setText(node, age(at - Number(node.dataset.since)));
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// ---- asking

const ASKS = {
  acknowledge: ({ desk, help }) => ({ ask: "AcknowledgeHelp", desk, help }),
  arrive: ({ desk, help }) => ({ ask: "ArriveAtHelp", desk, help }),
  close: ({ desk, help }) => ({ ask: "CloseHelp", desk, help }),
  ready: ({ agent }) => ({ ask: "ChangePresence", agent, presence: "ready" }),
  break: ({ agent }) => ({ ask: "ChangePresence", agent, presence: "not_ready", reason: "break" }),
  sign_out: ({ agent }) => ({ ask: "SignOut", agent }),
  enter: ({ queue, contact }) => ({ ask: "EnterContact", queue, contact }),
};

async function ask(wish) {
  try {
    const answer = await fetch("/api/ask", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(wish),
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    const told = await answer.json();
    return { done: answer.ok, again: answer.status === 503, said: sentence(told.refused ?? told.failed ?? told.nonsense ?? told.error ?? "") };
  } catch (error) {
    if (error instanceof TypeError || error instanceof DOMException || error instanceof SyntaxError) {
      return { done: false, again: true, said: word("unreached") };
    }
    throw error;
  }
}

function answer(card, text) {
  const place = card.querySelector(".answer");
  place.textContent = text;
  place.hidden = !text;
}

const clicked = new WeakMap(); // card -> when

async function act(button) {
  const card = button.closest("[data-key]");
  if (performance.now() - (clicked.get(card) ?? -TWICE_MS) < TWICE_MS) return;
  clicked.set(card, performance.now());
  const what = button.dataset.do;
  if (what === "sign_in") return openSignIn(card);
  if (what === "enter") card.dataset.contact ||= newContact();
  button.setAttribute("aria-busy", "true");
  const { done, again, said } = await ask(ASKS[what](card.dataset));
  button.removeAttribute("aria-busy");
  answer(card, done && what === "enter" ? word("entered", card.dataset.contact) : said);
  if (!again) delete card.dataset.contact; // asked again it must be the same contact
}

function newContact() {
  const bytes = crypto.getRandomValues(new Uint8Array(4));
  return "W-" + [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("").toUpperCase();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-do]");
  if (button) act(button);
});

// ---- signing in

let signInDesk = "";

function openSignIn(card) {
  signInDesk = card.dataset.desk;
  $("sign-in-heading").textContent = word("sign_in_at", signInDesk);
  $("sign-in-find").value = "";
  answer($("sign-in"), "");
  listAgents();
  $("sign-in").showModal();
  $("sign-in-find").focus();
}

function listAgents() {
  const sought = $("sign-in-find").value.trim().toLowerCase();
  const found = page.agents.filter((a) => `${a.name} ${a.agent}`.toLowerCase().includes(sought));
  const list = $("sign-in-agents");
  const old = new Map([...list.children].map((node) => [node.dataset.agent, node]));
  let place = list.firstElementChild;
  for (const agent of found.slice(0, AGENTS_MAX)) {
    const node = old.get(agent.agent) ?? agentChoice(agent);
    old.delete(agent.agent);
    if (node === place) place = place.nextElementSibling;
    else list.insertBefore(node, place);
  }
  for (const node of old.values()) node.remove();
  const more = found.length - AGENTS_MAX;
  const none = page.agents.length ? word("agents.unmatched") : word("agents.none");
  setText($("sign-in-none"), more > 0 ? word("agents.more", more) : found.length ? "" : none);
  $("sign-in-none").hidden = !$("sign-in-none").textContent;
}

function agentChoice({ agent, name }) {
  const item = document.createElement("li");
  const button = item.appendChild(document.createElement("button"));
  item.dataset.agent = agent;
  button.type = "button";
  button.textContent = name;
  if (name !== agent) button.appendChild(document.createElement("small")).textContent = agent;
  button.addEventListener("click", async () => {
    const { done, said } = await ask({ ask: "SignIn", agent, desk: signInDesk });
    if (done) $("sign-in").close();
    else answer($("sign-in"), said);
  });
  return item;
}

$("sign-in-find").addEventListener("input", listAgents);
$("sign-in-cancel").addEventListener("click", () => $("sign-in").close());

connect();
setInterval(watch, COUNT_MS);
