// What stands behind a number: asked of the API, shown in a dialog.

import { $, sentence, timezone, word, words } from "./cards.js";

const ROWS_MAX = 500; // shown; the rest is in the JSON
const clock = new Intl.DateTimeFormat("en-GB", { timeZone: timezone, hour: "2-digit", minute: "2-digit", second: "2-digit" });
const COLUMNS = ["label", "queue", "agent", "state", "reason", "outcome", "entered_ms", "from_ms", "to_ms", "wait_s", "numerator", "denominator", "journal"];
const SAID = { state: "presence", outcome: "outcome", reason: "reason" }; // columns whose values have words

const NAMES = {
  service_level: "level",
  longest_wait: "longest",
  ...Object.fromEntries(["attendance", "adherence", "conformance"].map((name) => [name, `number.${name}`])),
}; // the others are called as they are

let asked = 0;

export async function explain(why, queue) {
  const [name, minutes] = why.split(":");
  const inside = [queue, minutes && `${minutes} min`].filter(Boolean).join(", ");
  const number = inside ? `${name}(${inside})` : name;
  const mine = ++asked;
  fill($("why-rows"), []);
  $("why-what").textContent = $("why-value").textContent = $("why-terms").textContent = $("why-more").textContent = "";
  const heading = [queue, word(NAMES[name] ?? name), minutes && word(`last.${minutes}`)];
  $("why-heading").textContent = heading.filter(Boolean).join(" · ");
  $("why").showModal();
  const address = `/api/v1/explain?${new URLSearchParams({ number, rows: ROWS_MAX })}`;
  $("why-json").href = `/api/v1/explain?${new URLSearchParams({ number })}`;
  try {
    const answer = await fetch(address);
    const told = await answer.json();
    if (mine === asked) answer.ok ? show(told) : ($("why-what").textContent = sentence(told.error ?? ""));
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof SyntaxError)) throw error;
    if (mine === asked) $("why-what").textContent = word("unreached");
  }
}

function show(told) {
  const parts = told.denominator === null ? [] : [`${rounded(told.numerator)} ÷ ${rounded(told.denominator)}`];
  $("why-value").textContent = [said(told.value, told.unit), ...parts].join(" = ");
  $("why-what").textContent = word(`means.${told.number.split("(")[0]}`);
  $("why-terms").textContent = told.terms
    .map((t) => `${word(t.under ? "under" : "within", word(`variant.${t.variant}`), t.target_s)}${word("why.colon")}${word(`formula.${t.variant}`)}`)
    .join("; ");
  const rows = told.rows;
  fill($("why-rows"), rows, COLUMNS.filter((column) => rows.some((row) => row[column] !== undefined && row[column] !== null && row[column] !== "")));
  $("why-more").textContent = told.rows_in_all > rows.length ? word("why.more", told.rows_in_all - rows.length) : rows.length ? "" : word("why.none");
}

const rounded = (number) => String(Math.round(number * 10) / 10);
const said = (value, unit) =>
  value === null ? "–" : unit === "share" ? `${(value * 100).toFixed(1)} %` : unit === "s" ? word("seconds", rounded(value)) : rounded(value);

function cell(column, value) {
  if (value === undefined || value === null) return "";
  if (column.endsWith("_ms")) return clock.format(value);
  if (column === "wait_s") return word("seconds", rounded(value));
  if (column === "journal") return value.filter(Boolean).join("…");
  if (typeof value === "number") return rounded(value);
  return words[`${SAID[column]}.${value}`] ?? value;
}

function fill(table, rows, columns = []) {
  const make = (tag, texts) => {
    const line = document.createElement("tr");
    line.append(...texts.map((text) => Object.assign(document.createElement(tag), { textContent: text })));
    return line;
  };
  table.tHead.replaceChildren(make("th", columns.map((column) => word(`column.${column}`))));
  table.tBodies[0].replaceChildren(...rows.map((row) => make("td", columns.map((column) => cell(column, row[column])))));
}

$("why-close")?.addEventListener("click", () => $("why").close());
