// What every page of a client has: its video, its errors, and what is seen and heard.
"use strict";

const video = document.querySelector("video");
const manifest = new URLSearchParams(location.search).get("manifest");
const errors = [];
const fail = (what) => errors.push(String(what));

video.addEventListener("error", () => fail(`video: ${video.error.code} ${video.error.message}`));
addEventListener("error", (event) => fail(`page: ${event.message}`));
addEventListener("unhandledrejection", (event) => fail(`page: ${event.reason}`));

// Resolves with a picture of the video: the mean of the middle of each bar, and of the lower half.
function look() {
  const canvas = document.createElement("canvas");
  const [width, height] = [video.videoWidth, video.videoHeight];
  [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(video, 0, 0);
  const mean = (x, y) => {
    const { data } = context.getImageData(Math.round(x * width) - 4, Math.round(y * height) - 4, 8, 8);
    const sum = [0, 0, 0];
    data.forEach((value, place) => { if (place % 4 < 3) sum[place % 4] += value; });
    return sum.map((value) => value / 64);
  };
  const bars = [...Array(9).keys()].map((bar) => mean((bar + 0.5) / 9, 0.25));
  return { time: video.currentTime, width, height, bars, below: mean(0.5, 0.75) };
}

// A picture of the next frame that is shown; its time is the frame's own.
function lookNext() {
  return new Promise((resolve) => video.requestVideoFrameCallback((now, { mediaTime }) => {
    resolve({ ...look(), time: mediaTime });
  }));
}

// A picture of the frame at a time, with the video standing still.
async function lookAt(seconds) {
  video.pause();
  const done = new Promise((resolve) => video.addEventListener("seeked", resolve, { once: true }));
  const shown = lookNext();
  video.currentTime = seconds;
  await done;
  await shown;
  return { ...look(), time: (await shown).time };
}

// Resolves with how high the loudest tone is, in Hz, or 0 for silence; needs a click before.
let analyser = null;
async function hear() {
  if (analyser === null) {
    const context = new AudioContext({ sampleRate: 48000 });
    analyser = new AnalyserNode(context, { fftSize: 1024, smoothingTimeConstant: 0 });
    context.createMediaElementSource(video).connect(analyser).connect(context.destination);
    await context.resume();
  }
  const levels = new Float32Array(analyser.frequencyBinCount);
  analyser.getFloatFrequencyData(levels);
  const loudest = levels.indexOf(Math.max(...levels));
  return levels[loudest] > -60 ? loudest * 48000 / 1024 : 0;
}

// What of the subtitles stands on the picture.
function reading() {
  return [...video.textTracks].filter((track) => track.mode === "showing")
    .flatMap((track) => [...(track.activeCues ?? [])]).map((cue) => cue.text);
}

function state() {
  return {
    time: video.currentTime,
    duration: video.duration,
    ended: video.ended,
    height: video.videoHeight,
    sound: video.webkitAudioDecodedByteCount,
    errors,
  };
}
