// A board's page for a TV: the same tiles as on the wallboards, as large as they fit, and since when they are old.

import { $, tileCard, word } from "./cards.js";
import { clock, countAges, listen, setText, COUNT_MS } from "./live.js";
import { drawKinds } from "./kinds.js";
import { patch } from "./patch.js";

const LONG_CHARS = 5; // more of them are set smaller

const live = listen(`${location.pathname}/live`, Number($("board").dataset.now), show, (state, at_ms) => {
  const stale = at_ms ? word("tv.stale", clock.format(at_ms)) : "";
  setText($("stale"), stale);
  $("stale").hidden = !stale;
  document.body.classList.toggle("old", Boolean(at_ms));
  tick();
});

function show(board) {
  if (board.tiles === null) return location.reload(); // the board is gone: the web says so
  setText($("title"), board.title);
  setText($("notice"), board.notice);
  $("notice").hidden = !board.notice;
  $("tiles").style.setProperty("--columns", columns(board.tiles.filter((tile) => tile.kind !== "ticker").length));
  patch("tiles", board.tiles, tileCard);
  drawKinds(board.tiles);
}

// As many as keep the tiles nearest to two to one on this screen.
function columns(count) {
  const ratio = innerWidth / innerHeight / 2;
  return Math.max(1, Math.min(count, Math.round(Math.sqrt(count * ratio))));
}

function tick() {
  const at = live.now();
  if (at === null) return;
  setText($("clock"), clock.format(at));
  countAges(at);
  for (const value of document.querySelectorAll(".value")) value.parentElement.dataset.long = value.textContent.length > LONG_CHARS;
}

setInterval(tick, COUNT_MS);
