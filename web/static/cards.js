// What stands in the slots of the page's cards, as web/slots.py says it for the first picture: [data, slots] of each.

export const { words, sentences, timezone, csrf, me } = JSON.parse(document.getElementById("words").textContent);
export const $ = (id) => document.getElementById(id);
const put = (text, values) => text.replace(/\{(\d*)\}/g, ((next) => (_, place) => values[place === "" ? next++ : +place])(0));
export const word = (key, ...values) => put(words[key] ?? key, values);

const zh = document.documentElement.lang.startsWith("zh");

export function sentence(text) {
  for (const [english, ours] of sentences) {
    const pattern = english.split("{}").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("(.+)");
    const found = text.match(new RegExp(`^${pattern}$`, "s"));
    if (found) return put(ours, found.slice(1));
  }
  return text;
}

const hours = new Intl.DateTimeFormat("en-GB", { timeZone: timezone, hour: "2-digit", minute: "2-digit" });
const rounded = (tenths) => (Math.floor(tenths + 0.5) / 10).toFixed(1);
const percent = (share) => (share === null ? "–" : `${rounded(share * 1000)} %`);
const unitState = (unit) => (!unit ? "" : unit.online ? "online" : unit.since_ms === null ? "unseen" : "lost");

export function helpCard(help) {
  return [
    { key: `${help.desk} ${help.help}`, desk: help.desk, help: help.help, state: help.state, asked: help.asked },
    {
      number: help.desk,
      kind: word(`help.${help.help}`),
      name: help.name || word("nobody"),
      state: help.asked ? word("help.asked", help.asked) : word(`help.${help.state}`),
      raised: help.raised_ms,
    },
  ];
}

function door({ why_not, closes_ms, can_serve }) {
  if (why_not) return sentence(why_not);
  const closes = closes_ms ? word("closes", hours.format(closes_ms)) : "";
  return [closes, can_serve === null ? "" : word("can_serve", can_serve)].filter(Boolean).join(" · ");
}

const rare = new Set(["left_otherwise", "no_show"]); // shown once there are some

export function queueCard(queue) {
  const level = queue.service_level;
  return [
    { key: queue.queue, queue: queue.queue, waiting: queue.waiting, shut: queue.door.shut ? "true" : "", barred: queue.door.why_not ? "true" : "" },
    {
      letter: queue.letter,
      name: queue.queue,
      waiting: String(queue.waiting),
      oldest: queue.oldest_ms,
      nobody: queue.waiting ? "" : word("nobody_waits"),
      serving: String(queue.serving),
      ready: String(queue.ready),
      ...Object.fromEntries(Object.entries(queue.today).map(([name, count]) => [name, String(count || (rare.has(name) ? "" : count))])),
      asa: queue.asa_s === null ? "–" : word("seconds", rounded(queue.asa_s * 10)),
      share: percent(level.share),
      counted: word("counted", level.numerator, level.denominator),
      variant: word(level.under ? "under" : "within", word(`variant.${level.variant}`), level.target_s),
      formula: word(`formula.${level.variant}`),
      ...Object.fromEntries(Object.entries(level.last).map(([minutes, share]) => [`last_${minutes}`, percent(share)])),
      door: door(queue.door),
    },
  ];
}

const planned = ({ activity, until_ms }) => word("planned", words[`reason.${activity}`] ?? activity, hours.format(until_ms));

export function attendance(told) {
  if (!told) return "";
  return word("attendance", told.there, told.rostered) + (told.missing.length ? word("missing", told.missing.join(", ")) : "");
}

export function agentCard(agent) {
  const own = agent.after || agent.presence;
  const reason = agent.reason_titles[zh ? 1 : 0] || (words[`reason.${agent.reason}`] ?? agent.reason);
  let after = agent.after && word(`presence.${agent.after}`);
  if (after && reason) after = word("with_reason", after, reason);
  const contacts = agent.contacts.map((c) => `${c.contact} · ${c.queue}`).join(", ");
  return [
    {
      key: agent.agent,
      agent: agent.agent,
      presence: agent.presence,
      own: own === "not_ready" && agent.reason === "break" ? "break" : own,
      allowed: agent.allowed_until_ms ?? "",
      astray: agent.planned?.astray ? "true" : "",
    },
    {
      name: agent.name,
      presence: word(`presence.${agent.presence}`),
      since: agent.since_ms,
      reason: after ? "" : reason,
      contact: contacts && word("contact", contacts),
      then: after && word("then", after),
      allowed: agent.allowed_until_ms ? word("allowed", hours.format(agent.allowed_until_ms)) : "",
      planned: agent.planned?.astray ? planned(agent.planned) : "",
    },
  ];
}

const nobody = [
  { agent: "", presence: "signed_out", own: "", allowed: "", astray: "" },
  { name: word("nobody"), presence: word("presence.signed_out"), since: null, reason: "", contact: "", then: "", allowed: "", planned: "" },
];

export function deskCard(desk) {
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

export function tileCard(tile) {
  const isSaid = tile.kind === "ticker" || tile.kind === "notice";
  const name = tile.label || (isSaid ? "" : word(`tile.${tile.of || tile.tile}`));
  const label = tile.minutes ? word("tile.last", tile.minutes, name) : name;
  return [
    { key: `${tile.number}`, tile: tile.tile, level: tile.level, minutes: tile.minutes || "", kind: tile.kind },
    {
      label: tile.queue ? word("tile.of", tile.queue, label) : label,
      value: tile.since_ms ?? (tile.value || (tile.kind === "call" ? "–" : "")),
      unit: tile.more.desk ? `→ ${tile.more.desk}` : tile.unit && word(`tile.unit.${tile.unit}`),
      text: isSaid ? tile.more.text : "",
    },
  ];
}
