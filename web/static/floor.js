// The floor's page: hears /live, patches the cards by key, counts the ages, and asks for what is clicked.

const LOST_MS = 8000; // without a word from the web
const AGAIN_MS = 1500; // between two tries
const TWICE_MS = 600; // a second click within it is a double click, not another wish
const AGENTS_MAX = 60; // shown at once when signing in

const { words, sentences, timezone } = JSON.parse(document.getElementById("words").textContent);
const $ = (id) => document.getElementById(id);
const put = (text, values) => text.replace(/\{(\d*)\}/g, ((next) => (_, place) => values[place === "" ? next++ : +place])(0));
const word = (key, ...values) => put(words[key] ?? key, values);

function sentence(text) {
  for (const [english, ours] of sentences) {
    const pattern = english.split("{}").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("(.+)");
    const found = text.match(new RegExp(`^${pattern}$`, "s"));
    if (found) return put(ours, found.slice(1));
  }
  return text;
}

// ---- what stands in the cards: [data, slots], as in web/slots.py

const rounded = (tenths) => (Math.floor(tenths + 0.5) / 10).toFixed(1);
const percent = (share) => (share === null ? "–" : `${rounded(share * 1000)} %`);
const unitState = (unit) => (!unit ? "" : unit.online ? "online" : unit.since_ms === null ? "unseen" : "lost");

function helpCard(help) {
  return [
    { key: `${help.desk} ${help.help}`, desk: help.desk, help: help.help, state: help.state },
    {
      number: help.desk,
      kind: word(`help.${help.help}`),
      name: help.name || word("nobody"),
      state: word(`help.${help.state}`),
      raised: help.raised_ms,
    },
  ];
}

function queueCard(queue) {
  const level = queue.service_level;
  return [
    { key: queue.queue, queue: queue.queue, waiting: queue.waiting },
    {
      letter: queue.letter,
      name: queue.queue,
      waiting: String(queue.waiting),
      oldest: queue.oldest_ms,
      nobody: queue.waiting ? "" : word("nobody_waits"),
      serving: String(queue.serving),
      ready: String(queue.ready),
      ...Object.fromEntries(Object.entries(queue.today).map(([name, count]) => [name, String(count)])),
      asa: queue.asa_s === null ? "–" : word("seconds", rounded(queue.asa_s * 10)),
      share: percent(level.share),
      counted: word("counted", level.numerator, level.denominator),
      variant: word("within", word(`variant.${level.variant}`), level.target_s),
      formula: word(`formula.${level.variant}`),
    },
  ];
}

function agentCard(agent) {
  const reason = words[`reason.${agent.reason}`] ?? agent.reason;
  let after = agent.after && word(`presence.${agent.after}`);
  if (after && reason) after = word("with_reason", after, reason);
  const contacts = agent.contacts.map((c) => `${c.contact} · ${c.queue}`).join(", ");
  return [
    { key: agent.agent, agent: agent.agent, presence: agent.presence, own: agent.after || agent.presence },
    {
      name: agent.name,
      presence: word(`presence.${agent.presence}`),
      since: agent.since_ms,
      reason: after ? "" : reason,
      contact: contacts && word("contact", contacts),
      then: after && word("then", after),
    },
  ];
}

const nobody = [
  { agent: "", presence: "signed_out", own: "" },
  { name: word("nobody"), presence: word("presence.signed_out"), since: null, reason: "", contact: "", then: "" },
];

function deskCard(desk) {
  const [data, slots] = desk.agent ? agentCard(desk.agent) : nobody;
  const unit = unitState(desk.device);
  return [
    { ...data, key: desk.desk, desk: desk.desk, help: desk.help.map((h) => h.help).join(" "), unit },
    {
      ...slots,
      number: desk.desk,
      team: desk.team,
      unit: unit && word(`unit.${unit}`),
      unit_since: unit === "lost" ? desk.device.since_ms : null,
      refused: desk.refused && word("press_refused", sentence(desk.refused)),
    },
  ];
}

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
let heard = null; // when the web last said something, by performance.now(), and by the floor's clock
let stream = null;
let tried = 0;

const atLost = () => heard && heard.floor_ms;
const connection = () => (stream === null ? "lost" : heard === null ? "connecting" : page.away_ms ? "away" : "live");
const now = () => {
  const state = connection();
  if (state === "lost" && heard) return atLost();
  if (state === "away") return page.away_ms;
  return offset_ms === null ? null : Date.now() + offset_ms;
};

const hands = new Intl.DateTimeFormat("en-GB", { timeZone: timezone, hour: "2-digit", minute: "2-digit", second: "2-digit" });

function connect() {
  tried = performance.now();
  const mine = (stream = new EventSource("/live"));
  mine.addEventListener("beat", (event) => {
    if (mine !== stream) return;
    const floor_ms = JSON.parse(event.data).now_ms;
    offset_ms = floor_ms - Date.now();
    heard = { at: performance.now(), floor_ms };
    showConnection();
  });
  mine.addEventListener("floor", (event) => {
    if (mine !== stream) return;
    show(JSON.parse(event.data));
    showConnection();
  });
  mine.addEventListener("error", () => mine === stream && lose());
}

function lose() {
  stream?.close();
  stream = null;
  showConnection();
}

function watch() {
  if (stream && performance.now() - (heard && heard.at > tried ? heard.at : tried) > LOST_MS) lose();
  if (!stream && performance.now() - tried > AGAIN_MS) {
    const before = heard; // still lost, until a beat comes
    connect();
    trying = before !== null || trying;
  }
  tick();
}

function showConnection() {
  const state = connection();
  const at = state === "lost" ? atLost() : state === "away" ? page.away_ms : null;
  const text = at ? word(`banner.${state}`, hands.format(at)) : "";
  $("state").dataset.state = state;
  if ($("state").textContent !== word(`state.${state}`)) $("state").textContent = word(`state.${state}`);
  if ($("banner").textContent !== text) $("banner").textContent = text;
  $("banner").hidden = !text;
  document.body.classList.toggle("old", state === "lost" || state === "away");
}
