// What every live page shares: it hears a stream of beats and pictures, knows how old they are, and counts the ages.

import { $, timezone, word } from "./cards.js";

const LOST_MS = 8000; // without a word from the web
const AGAIN_MS = 1500; // between two tries
export const COUNT_MS = 250; // between two looks at the clock

export const clock = new Intl.DateTimeFormat("en-GB", { timeZone: timezone, hour: "2-digit", minute: "2-digit", second: "2-digit" });

// Hears `url`. `show(picture)` gets each picture; `became(state, at_ms)` is called whenever how true it is may have changed: "live",
// "away" (the core is gone) or "lost" (the web is), the last two with the moment since which nothing is known. `now()` of what it
// gives is the time that the page shows, in ms, null before the first word; `speed()` is how many seconds of it go by in one.
export function listen(url, first_ms, show, became) {
  let set_at = null; // when the web last told its clock, by Date.now()
  let speed = 1; // of it; 0: it stands
  let heard_ms = first_ms; // when the web last said something, by its clock
  let heard_at = performance.now(); // the same, by ours
  let tried_at = 0;
  let stream = null;
  let state = "connecting";
  let away_ms = null;

  function become(next) {
    state = next;
    became(state, { lost: heard_ms, away: away_ms }[state]);
  }

  function connect() {
    tried_at = performance.now();
    const mine = (stream = new EventSource(url));
    mine.addEventListener("beat", (event) => {
      if (mine !== stream) return;
      ({ now_ms: heard_ms, speed } = JSON.parse(event.data));
      heard_at = performance.now();
      set_at = Date.now();
      if (state !== "connecting") become(away_ms ? "away" : "live");
    });
    mine.addEventListener("picture", (event) => {
      if (mine !== stream) return;
      const picture = JSON.parse(event.data);
      away_ms = picture.away_ms;
      show(picture);
      become(away_ms ? "away" : "live");
    });
    mine.addEventListener("out", () => mine === stream && location.reload()); // signed out: the web asks who it is
    mine.addEventListener("error", () => mine === stream && lose());
  }

  function lose() {
    stream.close();
    stream = null;
    become("lost");
  }

  function watch() {
    const since = Math.max(heard_at, tried_at);
    if (stream && performance.now() - since > LOST_MS) lose();
    else if (!stream && performance.now() - tried_at > AGAIN_MS) connect();
  }

  connect();
  setInterval(watch, COUNT_MS);
  return {
    now: () => ({ lost: heard_ms, away: away_ms })[state] ?? (set_at === null ? null : heard_ms + speed * (Date.now() - set_at)),
    speed: () => speed,
  };
}

function age(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (count) => String(count).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return (hours ? `${hours}:` : "") + `${two(minutes)}:${two(seconds % 60)}`;
}

export function countAges(at_ms) {
  for (const node of document.querySelectorAll("[data-since]")) setText(node, age(at_ms - Number(node.dataset.since)));
}

// Time that is allowed for a reason, and used up.
export function markAllowed(at_ms) {
  for (const card of document.querySelectorAll("[data-allowed]")) {
    card.classList.toggle("over", card.dataset.allowed !== "" && at_ms > Number(card.dataset.allowed));
  }
}

export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// The head of a page that people work at: its state as a word, and a banner while what it shows is old.
export function sayHowTrue(state, at_ms) {
  const banner = at_ms ? word(`banner.${state}`, clock.format(at_ms)) : "";
  $("state").dataset.state = state;
  setText($("state"), word(`state.${state}`));
  setText($("banner"), banner);
  $("banner").hidden = !banner;
  document.body.classList.toggle("old", Boolean(at_ms));
}
