// Asking whether somebody really wants what cannot be taken back, before it is asked of the core.

import { $ } from "./cards.js";

// Whether `yes` was pressed; `what` is a whole sentence.
export function really(what, yes) {
  $("really-what").textContent = what;
  $("really-do").textContent = yes;
  $("really").returnValue = "";
  $("really").showModal();
  $("really-not").focus();
  return new Promise((resolve) => $("really").addEventListener("close", () => resolve($("really").returnValue === "yes"), { once: true }));
}

$("really-do").addEventListener("click", () => $("really").close("yes"));
$("really-not").addEventListener("click", () => $("really").close());
