// Bringing a list of cards up to date: a node is touched only where what it shows is another.

import { $ } from "./cards.js";

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

export function patch(id, items, card) {
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
  const none = list.parentElement.querySelector(".none");
  if (none) none.hidden = items.length > 0;
}
