// A hall's page for a TV: the number that is called and its desk, the last called, and the board's tiles.

import { $, tileCard, word } from "./cards.js";
import { clock, countAges, listen, setText, COUNT_MS } from "./live.js";
import { drawKinds } from "./kinds.js";
import { patch } from "./patch.js";
import { turns } from "./turns.js";
import { announce, isBusy, isOn, turnOff, turnOn } from "./voice.js";

const LINES_MAX = 6;
const LONG_CHARS = 5; // more of them are set smaller
const WIDE = /[\u2e80-\uffef]/g; // characters as wide as two
const SPOKEN = { en: "en-GB", "zh-CN": "zh-CN" }[document.documentElement.lang];
const { shownMs, listedMs, stream, board, now } = $("hall").dataset;

let calls = []; // that the floor lists, the oldest first
const queue = turns(Number(shownMs), `hall ${board}`, begins, isBusy);

const live = listen(stream, Number(now), show, (state, at_ms) => {
  const stale = at_ms ? word("tv.stale", clock.format(at_ms)) : "";
  setText($("stale"), stale);
  $("stale").hidden = !stale;
  document.body.classList.toggle("old", Boolean(at_ms));
  tick();
});

function show(picture) {
  if (picture.tiles === null) return location.reload(); // the board is gone: the web says so
  setText($("title"), picture.title);
  setText($("notice"), picture.notice);
  $("notice").hidden = !picture.notice;
  $("wait").hidden = !picture.tiles.length;
  $("tiles").style.setProperty("--columns", picture.tiles.length);
  patch("tiles", picture.tiles, tileCard);
  drawKinds(picture.tiles);
  calls = picture.calls;
  queue.take(calls, picture.announced, live.now() ?? Date.now());
  tick();
}

function begins(call) {
  $("call").classList.remove("new");
  void $("call").offsetWidth; // so that the flash begins anew
  $("call").classList.add("new");
  announce(word("hall.say", call.number, call.desk), SPOKEN);
}

function draw(at_ms) {
  const isListed = (call) => at_ms - call.at_ms < Number(listedMs);
  const call = queue.now();
  const shown = call && isListed(call) ? call : null;
  $("call").dataset.id = shown?.id ?? 0;
  fit($("number"), shown?.number ?? "");
  fit($("desk"), shown ? word("hall.desk", shown.desk) : "");
  $("nobody").hidden = Boolean(shown);
  const before = calls.filter((each) => call && each.id < call.id && isListed(each)).slice(-LINES_MAX);
  const lines = before.reverse().map((each) => [each.number, word("hall.desk", each.desk)]);
  $("hall").classList.toggle("first", !lines.length);
  const text = JSON.stringify(lines);
  if ($("lines").dataset.shown === text) return;
  $("lines").dataset.shown = text;
  $("lines").replaceChildren(...lines.map(line));
}

function fit(node, text) {
  setText(node, text);
  node.style.setProperty("--chars", Math.max(1, text.length + (text.match(WIDE)?.length ?? 0)));
}

function line([number, desk]) {
  const made = document.createElement("li");
  made.append(document.createElement("b"), document.createElement("span"));
  made.firstChild.textContent = number;
  made.lastChild.textContent = desk;
  return made;
}

function tick() {
  queue.tick(live.speed());
  const at = live.now();
  draw(at ?? Date.now());
  if (at === null) return;
  setText($("clock"), clock.format(at));
  countAges(at);
  for (const value of document.querySelectorAll(".value")) value.parentElement.dataset.long = value.textContent.length > LONG_CHARS;
}

$("sound").addEventListener("click", () => {
  if (isOn()) turnOff();
  else turnOn();
  $("sound").setAttribute("aria-pressed", String(isOn()));
  setText($("sound"), word(isOn() ? "hall.silence" : "hall.sound"));
});

setInterval(tick, COUNT_MS);
