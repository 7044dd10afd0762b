// What tiles of other kinds than a number have besides: a bar, the columns of a trend, a list's rows, a QR code, a text that runs.

import { word } from "./cards.js";

const SVG = "http://www.w3.org/2000/svg";
const POINT_LEAST = "0".charCodeAt(0); // as in edge/wire.py
const POINT_STEPS = "X".charCodeAt(0) - POINT_LEAST;
const RUN_EMS_PER_S = 4;

function svg(width, height, attributes, rects) {
  const drawn = document.createElementNS(SVG, "svg");
  drawn.setAttribute("viewBox", `0 0 ${width} ${height}`);
  for (const [name, value] of Object.entries(attributes)) drawn.setAttribute(name, value);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", rects.map(([x, y, w, h]) => `M${x} ${y}h${w}v${h}h${-w}z`).join(""));
  drawn.append(path);
  return drawn;
}

function bar({ share }) {
  const filled = document.createElement("i");
  filled.style.width = `${share / 10}%`;
  return [filled];
}

function trend({ points }) {
  const heights = [...points].map((c) => (c === " " ? null : Math.max(1, c.charCodeAt(0) - POINT_LEAST)));
  const rects = heights.flatMap((h, i) => (h === null ? [] : [[10 * i, POINT_STEPS - h, 8, h]]));
  return [svg(10 * points.length, POINT_STEPS, { preserveAspectRatio: "none" }, rects)];
}

function list({ text }) {
  const cells = text ? text.split("|") : [];
  return cells.map((cell, i) => Object.assign(document.createElement(i % 2 ? "b" : "span"), { textContent: cell }));
}

function code({ code }) {
  const bits = [...atob(code)].flatMap((c) => [...c.charCodeAt(0).toString(2).padStart(8, "0")]);
  const across = Math.floor(Math.sqrt(bits.length));
  const dark = bits.slice(0, across * across).flatMap((bit, i) => (bit === "1" ? [[i % across, Math.floor(i / across), 1, 1]] : []));
  return [svg(across, across, { "shape-rendering": "crispEdges", role: "img", "aria-label": word("tile.qr") }, dark)];
}

const KINDS = { bar, trend, list, code };

// Beside what `patch` writes: only where a tile has become another.
export function drawKinds(tiles) {
  for (const tile of tiles) {
    const node = document.querySelector(`#tiles > [data-key="${tile.number}"]`);
    const text = JSON.stringify([tile.kind, tile.more]);
    if (node.dataset.drawn === text) continue;
    node.dataset.drawn = text;
    node.querySelector(".drawn").replaceChildren(...(KINDS[tile.kind]?.(tile.more) ?? []));
    node.querySelector(".drawn").style.setProperty("--rows", tile.kind === "list" ? Math.max(3, tile.more.text.split("|").length / 2) : 1);
    const said = node.querySelector(".text");
    said.style.setProperty("--chars", Math.max(8, [...said.textContent].reduce((sum, c) => sum + (c > "\u2e80" ? 2 : 1), 0)));
    said.classList.remove("runs");
    const width = said.getBoundingClientRect().width;
    if (tile.kind === "ticker" && width > said.parentElement.clientWidth) {
      said.style.setProperty("--run", `${width / parseFloat(getComputedStyle(said).fontSize) / RUN_EMS_PER_S + 3}s`);
      said.classList.add("runs");
    }
  }
}
