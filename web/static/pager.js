// The floor's page as a pager while nobody looks at it: the browser's own notice of help, and never a sound, since some help is silent.

import { $, me, word } from "./cards.js";

let can = "Notification" in window; // only on a page that came over TLS, or from this machine
const shown = new Map(); // key -> notice

export function notify(helps) {
  offer();
  const mine = new Map(helps.filter(isForMe).map((help) => [`${help.desk} ${help.help} ${help.raised_ms}`, help]));
  for (const [key, notice] of shown) {
    if (mine.has(key)) continue;
    notice.close();
    shown.delete(key);
  }
  if (!can || Notification.permission !== "granted" || document.hasFocus()) return;
  for (const [key, help] of mine) if (!shown.has(key)) tell(key, help);
}

const isForMe = ({ state, asked }) => state === "raised" && (asked === "" || asked === me);

function tell(tag, { desk, help, name }) {
  try {
    const notice = new Notification(word(`help.${help}`), { body: `${word("desk")} ${desk} · ${name}`, tag, silent: true, requireInteraction: true });
    notice.onclick = () => window.focus();
    shown.set(tag, notice);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    can = false; // a telephone's browser has the name and refuses to do it
  }
}

function offer() {
  const button = $("pager");
  if (button) button.parentElement.hidden = !can || Notification.permission !== "default";
}

$("pager")?.addEventListener("click", () => Notification.requestPermission().then(offer));
