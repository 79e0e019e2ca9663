// What came out of a job: pictures, players, waveforms, and a picture before and after.

import { fileUrl } from "./api.js";
import { element, nameOf, saved, size } from "./words.js";

const PICTURES = /\.(avif|gif|jpe?g|png|webp)$/i;
const FILMS = /\.(mp4|webm|mov|mkv)$/i;
const SOUNDS = /\.(aac|flac|m4a|mp3|ogg|opus|wav)$/i;
const HLS = "application/vnd.apple.mpegurl";

// What is said of outputs that have no file to show.
const UNSHOWN = {
  completed: "done, and in no file",
  skipped: "left out: it would be the same as another output, or was there before",
  cancelled: "cancelled",
};

function facts(output) {
  const parts = [output.format];
  if (output.width) parts.push(`${output.width} × ${output.height}`);
  if (output.duration_seconds) parts.push(`${output.duration_seconds.toFixed(1)} s`);
  if (!output.manifests.length) parts.push(size(output.bytes)); // that of a stream is its manifest's
  return parts.join(", ");
}

const stem = (name) => name.replace(/\.[^.]*$/, "");

// Call a file that is saved as the original was called, not as it is called here.
function savedName(job, output) {
  const [here, there] = [job.source, output.location].map((location) => location.split("/").pop());
  return there.startsWith(stem(here)) ? stem(nameOf(job.source)) + there.slice(stem(here).length) : there;
}

const isPicture = (location) => PICTURES.test(location);

function caption(job, output) {
  const link = element("a", { href: fileUrl(output.location), download: savedName(job, output) }, output.name);
  const made = element("figcaption", {}, link, `, ${facts(output)}`);
  if (job.source_bytes && isPicture(job.source) && isPicture(output.location)) made.append(", ", gain(job, output));
  return made;
}

function gain(job, output) {
  const className = output.bytes <= job.source_bytes ? "gain good" : "gain";
  return element("strong", { className }, saved(job.source_bytes, output.bytes));
}

function player(output) {
  const film = element("video", { className: "shown", controls: true, preload: "metadata", playsInline: true });
  film.setAttribute("aria-label", output.name);
  film.src = fileUrl(output.location);
  return film;
}

function stream(output) {
  const links = output.manifests.map((one) => element("a", { href: fileUrl(one) }, one.endsWith(".m3u8") ? "HLS" : "DASH"));
  const list = element("span", {}, ...links.flatMap((link, at) => (at ? [", ", link] : [link])));
  const playlist = output.manifests.find((one) => one.endsWith(".m3u8"));
  const probe = document.createElement("video");
  if (!playlist || !probe.canPlayType(HLS)) {
    const words = element("p", {}, "This browser does not play such streams by itself: ", list);
    return element("figure", { className: "wide" }, words, element("figcaption", {}, facts(output)));
  }
  const film = player({ ...output, location: playlist });
  return element("figure", { className: "wide" }, film, element("figcaption", {}, `${output.name}, ${facts(output)}. `, list));
}

// Draw the points of a waveform: pairs of lowest and highest values of 8 or 16 bits.
async function waveform(job, output) {
  const canvas = element("canvas", { className: "shown", width: 1200, height: 160, role: "img" });
  canvas.setAttribute("aria-label", `Waveform ${output.name}`);
  const figure = element("figure", { className: "wide" }, canvas, caption(job, output));
  const found = await (await fetch(fileUrl(output.location))).json();
  const points = found.data;
  if (!Array.isArray(points)) {
    canvas.remove();
    return figure;
  }
  const context = canvas.getContext("2d");
  const most = 2 ** ((found.bits || 8) - 1);
  const step = (2 * (found.channels || 1) * canvas.width) / points.length;
  context.fillStyle = getComputedStyle(document.documentElement).getPropertyValue("--accent");
  for (let at = 0; at + 1 < points.length; at += 2 * (found.channels || 1)) {
    const top = (0.5 - points[at + 1] / most / 2) * canvas.height;
    const low = (0.5 - points[at] / most / 2) * canvas.height;
    context.fillRect((at / (2 * (found.channels || 1))) * step, top, Math.max(step, 1), Math.max(low - top, 1));
  }
  return figure;
}

async function shown(job, output) {
  if (output.manifests.length) return stream(output);
  if (isPicture(output.location)) {
    const picture = element("img", { className: "shown", src: fileUrl(output.location), alt: output.name, loading: "lazy" });
    return element("figure", {}, picture, caption(job, output));
  }
  if (FILMS.test(output.location)) return element("figure", {}, player(output), caption(job, output));
  if (SOUNDS.test(output.location)) {
    const sound = element("audio", { className: "shown", controls: true, preload: "metadata", src: fileUrl(output.location) });
    sound.setAttribute("aria-label", output.name);
    return element("figure", {}, sound, caption(job, output));
  }
  if (output.location.endsWith(".json")) return waveform(job, output);
  return element("figure", {}, caption(job, output));
}

// A picture over another one, with a slider between them that lies over both.
function compare(job, pictures) {
  const before = element("img", { src: fileUrl(job.source), alt: `Before: ${nameOf(job.source)}` });
  const after = element("img", { className: "after" });
  const slider = element("input", { type: "range", className: "split", min: "0", max: "100", value: "50" });
  slider.setAttribute("aria-label", "How much of the picture before is shown");
  const words = [element("span", { className: "tag" }, "Before"), element("span", { className: "tag right" }, "After")];
  for (const one of words) one.setAttribute("aria-hidden", "true");
  const both = element("div", { className: "compare" }, before, after, ...words, slider);
  slider.addEventListener("input", () => {
    slider.setAttribute("aria-valuetext", `${slider.value} %`);
    both.style.setProperty("--split", `${slider.value}%`);
  });
  const select = element("select", {}, ...pictures.map((one) => element("option", { value: one.name }, one.name)));
  const bytes = element("span");
  const choose = () => {
    const output = pictures.find((one) => one.name === select.value);
    after.src = fileUrl(output.location);
    after.alt = `After: ${output.name}`;
    bytes.replaceChildren(`${size(job.source_bytes)} → ${size(output.bytes)}, `, gain(job, output));
  };
  select.addEventListener("change", choose);
  choose();
  const chosen = element("label", {}, "Compare with", select);
  const figure = element("figure", { className: "wide" }, both, element("figcaption", { className: "row" }, chosen, bytes));
  before.addEventListener("error", () => figure.remove()); // a kind of picture that this browser does not show
  return figure;
}

// Return the element that shows all results of a job.
export async function results(job) {
  const made = job.outputs.filter((one) => one.location && one.status === "completed");
  const list = element("div", { className: "results" });
  const pictures = made.filter((one) => isPicture(one.location)).sort((a, b) => b.width - a.width || a.bytes - b.bytes);
  if (isPicture(job.source) && pictures.length && job.source_bytes) list.append(compare(job, pictures));
  for (const output of made) list.append(await shown(job, output).catch(() => element("figure", {}, caption(job, output))));
  for (const output of job.outputs) {
    const words = output.status === "failed" ? output.error : UNSHOWN[output.status];
    if (words && !made.includes(output)) list.append(element("p", { className: output.status === "failed" ? "wide bad" : "wide quiet" }, `${output.name}: ${words}`));
  }
  return list;
}
