// The floor's page: hears /live, patches the cards by key, counts the ages, and asks for what is clicked.

import { ask } from "./ask.js";
import { $, me, agentCard, attendance, deskCard, helpCard, queueCard, sentence, word } from "./cards.js";
import { really } from "./really.js";
import { clock, countAges, listen, markAllowed, sayHowTrue, setText, COUNT_MS } from "./live.js";
import { notify } from "./pager.js";
import { patch } from "./patch.js";
import { explain } from "./why.js";

const TWICE_MS = 600; // a second click within it is a double click, not another wish
const AGENTS_MAX = 60; // shown at once when signing in

let page = { agents: [] };
let helpKnown = null;

function show(next) {
  page = next;
  patch("helps", page.help, helpCard);
  for (const card of $("helps").children) card.classList.toggle("mine", card.dataset.asked !== "" && card.dataset.asked === me);
  patch("queues", page.queues, queueCard);
  patch("desks", page.desks, deskCard);
  patch("phones", page.phones, agentCard);
  setText($("attendance-now"), attendance(page.attendance));
  $("attendance").hidden = !page.attendance;
  const alarms = page.alarms.map(sentence);
  if ($("alarms").textContent !== alarms.join("")) {
    $("alarms").replaceChildren(...alarms.map((text) => Object.assign(document.createElement("li"), { textContent: text })));
  }
  $("alarms").parentElement.hidden = alarms.length === 0;
  document.querySelector(".helps").dataset.count = page.help.length;
  document.title = (page.help.length ? `(${page.help.length}) ${word("help")} · ` : "") + `${word("title")} · ${page.site}`;
  sayNewHelp();
  notify(page.help);
  if ($("sign-in").open) listAgents();
}

function sayNewHelp() {
  const asking = new Map(page.help.map((h) => [`${h.desk} ${h.help} ${h.raised_ms}`, h]));
  const fresh = [...asking].filter(([key]) => helpKnown && !helpKnown.has(key)).map(([, h]) => h);
  helpKnown = asking;
  if (fresh.length) $("said").textContent = fresh.map((h) => word("help.said", h.desk, h.name)).join(" ");
}

// ---- the clock, and how true all this is

const live = listen("/live", Number($("floor").dataset.now), show, (state, at_ms) => {
  sayHowTrue(state, at_ms);
  tick();
});

function tick() {
  const at = live.now();
  if (at === null) return;
  setText($("clock"), clock.format(at));
  countAges(at);
  markAllowed(at);
}

// ---- asking

const ASKS = {
  acknowledge: ({ desk, help }) => ({ ask: "AcknowledgeHelp", desk, help }),
  arrive: ({ desk, help }) => ({ ask: "ArriveAtHelp", desk, help }),
  close: ({ desk, help }) => ({ ask: "CloseHelp", desk, help }),
  ready: ({ agent }) => ({ ask: "ChangePresence", agent, presence: "ready" }),
  break: ({ agent }) => ({ ask: "ChangePresence", agent, presence: "not_ready", reason: "break" }),
  sign_out: ({ agent }) => ({ ask: "SignOut", agent }),
  shut: ({ queue }) => ({ ask: "ShutQueue", queue }),
  reopen: ({ queue }) => ({ ask: "ReopenQueue", queue }),
  enter: ({ queue, contact }) => ({ ask: "IssueTicket", queue, contact }),
};

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
  if (what === "shut" && !(await really(word("really.shut", card.dataset.queue), word("do.shut")))) return;
  if (what === "enter") card.dataset.contact ||= newContact();
  button.setAttribute("aria-busy", "true");
  const { done, again, said, facts } = await ask(ASKS[what](card.dataset));
  button.removeAttribute("aria-busy");
  answer(card, done && what === "enter" ? word("entered", entered(facts, card)) : said);
  if (!again) delete card.dataset.contact; // asked again it must be the same contact
}

// What the visitor is told; asked again for what was done before, there is no fact to tell it.
const entered = (facts, card) => facts.find((fact) => fact.kind === "TicketIssued")?.label ?? card.dataset.contact;

function newContact() {
  const bytes = crypto.getRandomValues(new Uint8Array(4));
  return "W-" + [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("").toUpperCase();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-do]");
  if (button) return act(button);
  const number = event.target.closest("[data-why]");
  if (number && $("why")) explain(number.dataset.why, number.closest("[data-queue]").dataset.queue);
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

setInterval(tick, COUNT_MS);
