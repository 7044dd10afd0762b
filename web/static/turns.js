// Whose turn it is on this screen: announcements one after the other in the order of their ids, each for its time, each once.

// `place` is where this screen keeps the last id that it showed, so that a page loaded anew neither repeats nor leaves out one.
// `begins(call)` is called when an announcement's turn begins; the next one waits while `isBusy()`.
export function turns(shown_ms, place, begins, isBusy) {
  const waiting = new Map(); // id -> call
  let now = null; // the call that stands large
  let last = null; // its id, or of the one that did; null before the first picture
  let since = 0;

  function show(call) {
    now = call;
    last = call.id;
    since = performance.now();
    sessionStorage.setItem(place, last);
  }

  // Where a screen begins that has just come, in silence: with what it showed before it was loaded anew, or with the newest call
  // that has had its time.
  function start(calls, announced, at_ms) {
    const kept = Number(sessionStorage.getItem(place) ?? -1);
    const isKept = kept >= 0 && kept <= announced;
    now = calls.filter((call) => (isKept ? call.id <= kept : at_ms - call.at_ms > shown_ms)).at(-1) ?? null;
    last = isKept ? kept : (now?.id ?? 0);
    since = isKept ? performance.now() : 0;
  }

  return {
    // All calls that the floor lists, the oldest first, and the id of its last announcement; at_ms is its clock.
    take(calls, announced, at_ms) {
      if (last === null || announced < last) {
        waiting.clear();
        if (last !== null) sessionStorage.removeItem(place); // another journal: its ids begin anew
        start(calls, announced, at_ms);
      }
      for (const call of calls) if (call.id > last && !waiting.has(call.id)) waiting.set(call.id, call);
    },
    // `speed` is that of the floor's clock.
    tick(speed) {
      const next = waiting.values().next().value;
      if (!next || (since && speed * (performance.now() - since) < shown_ms) || isBusy()) return;
      waiting.delete(next.id);
      show(next);
      begins(next);
    },
    now: () => now,
  };
}
