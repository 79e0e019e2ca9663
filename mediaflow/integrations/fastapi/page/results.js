// What came out of a job: pictures, players, waveforms, and a picture before and after.

import { fileUrl } from "./api.js";
import { element, nameOf, saved, size } from "./words.js";

const PICTURES = /\.(avif|gif|jpe?g|png|webp)$/i;
const FILMS = /\.(mp4|webm|mov|mkv)$/i;
const SOUNDS = /\.(aac|flac|m4a|mp3|ogg|opus|wav)$/i;
const HLS = "application/vnd.apple.mpegurl";

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

function caption(job, output) {
  const link = element("a", { href: fileUrl(output.location), download: savedName(job, output) }, output.name);
  return element("figcaption", {}, link, `, ${facts(output)}`);
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
  if (PICTURES.test(output.location)) {
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

// A picture over another one, with a slider between them.
function compare(job, output) {
  const before = element("img", { src: fileUrl(job.source), alt: "Before" });
  const after = element("img", { src: fileUrl(output.location), alt: "After", className: "after" });
  const both = element("div", { className: "compare" }, before, after);
  const slider = element("input", { type: "range", min: "0", max: "100", value: "50" });
  slider.setAttribute("aria-label", "How much of the picture before is shown");
  slider.addEventListener("input", () => both.style.setProperty("--split", `${slider.value}%`));
  const words = element("strong", { className: output.bytes <= job.source_bytes ? "good" : "" }, saved(job.source_bytes, output.bytes));
  return element("figure", { className: "wide" }, both, slider, element("figcaption", {}, `Before | after: ${output.name}. `, words));
}

// Return the element that shows all results of a job.
export async function results(job) {
  const made = job.outputs.filter((one) => one.status === "completed" || one.status === "skipped");
  const list = element("div", { className: "results" });
  const is_picture = PICTURES.test(job.source) && !job.source.endsWith(".gif");
  const largest = made.filter((one) => PICTURES.test(one.location)).sort((a, b) => b.width - a.width)[0];
  if (is_picture && largest && job.source_bytes) list.append(compare(job, largest));
  for (const output of made.filter((one) => one.location)) list.append(await shown(job, output));
  for (const output of job.outputs.filter((one) => one.status === "failed")) {
    list.append(element("p", { className: "bad" }, `${output.name}: ${output.error}`));
  }
  return list;
}
