// Small things that every part of the page uses: elements, sizes, times, and what is said aloud.

export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

// Put something else into a place; whoever is in it with the keyboard comes to the head of its card.
export function put(place, ...children) {
  const wasWithin = place.contains(document.activeElement);
  place.replaceChildren(...children);
  if (wasWithin) place.closest("article")?.querySelector("h3").focus();
}

// Disable a button; whoever has just pressed it by the keyboard comes to the head of its card.
export function disable(button) {
  const wasFocused = button === document.activeElement;
  button.disabled = true;
  if (wasFocused) button.closest("article")?.querySelector("h3").focus();
}

const UNITS = ["bytes", "kB", "MB", "GB"];

export function size(bytes) {
  let unit = 0;
  while (bytes >= 1000 && unit < UNITS.length - 1) {
    bytes /= 1000;
    unit += 1;
  }
  return `${unit && bytes < 10 ? bytes.toFixed(1) : Math.round(bytes)} ${UNITS[unit]}`;
}

export function saved(before, after) {
  const share = Math.round((1 - after / before) * 100);
  return share >= 0 ? `${share} % smaller` : `${-share} % larger`;
}

export function time(seconds) {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

// What people call a file: the name it had on their machine, which this browser remembers.
const KEPT = "mediaflow-names";
const MOST = 200;

function names() {
  try {
    return JSON.parse(localStorage.getItem(KEPT)) || {};
  } catch {
    return {}; // kept by something else, or the browser keeps nothing
  }
}

export function remember(location, name) {
  const kept = Object.entries({ ...names(), [location]: name }).slice(-MOST);
  try {
    localStorage.setItem(KEPT, JSON.stringify(Object.fromEntries(kept)));
  } catch {
    // a browser that keeps nothing shows the names that files have here
  }
}

export const nameOf = (location) => names()[location] || location.split("/").pop();

const QUIET = 4000; // milliseconds between two words on progress, which a listener must bear
let last = 0;

// Say something to those who listen to the page. What may be left out comes seldom.
export function say(words, { mayBeLeftOut = false } = {}) {
  if (mayBeLeftOut && Date.now() - last < QUIET) return;
  last = Date.now();
  document.getElementById("said").textContent = words;
}
