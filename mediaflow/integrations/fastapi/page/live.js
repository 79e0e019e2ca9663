// Live video: the camera beside what comes back of it, filtered by the service.

import { fault } from "./work.js";
import { get, post } from "./api.js";
import { element, say } from "./words.js";

// What is offered, and how the slider changes it: from, to and at first.
const FILTERS = [
  { title: "As it is", make: () => [] },
  { title: "Grayscale", make: () => [{ kind: "grayscale" }] },
  { title: "Sepia", range: [0, 1, 0.8], make: (amount) => [{ kind: "sepia", amount }] },
  { title: "Brightness", range: [0.2, 2, 1.3], make: (amount) => [{ kind: "brightness", amount }] },
  { title: "Saturation", range: [0, 3, 2], make: (amount) => [{ kind: "saturation", amount }] },
  { title: "Hue", range: [-180, 180, 120], make: (degrees) => [{ kind: "hue", degrees }] },
  { title: "Look: Clarendon", range: [0, 1, 1], make: (strength) => [{ kind: "look", name: "clarendon", strength }] },
  { title: "Look: Inkwell", range: [0, 1, 1], make: (strength) => [{ kind: "look", name: "inkwell", strength }] },
  { title: "Blur", range: [0, 12, 4], make: (radius) => [{ kind: "blur", radius }] },
  { title: "Pixels", range: [2, 40, 12], make: (block) => [{ kind: "pixelate", block: Math.round(block) }] },
  { title: "Edges", make: () => [{ kind: "edges" }] },
  { title: "Vignette", range: [0, 1, 0.7], make: (strength) => [{ kind: "vignette", strength }] },
];
const CAMERA = { width: { ideal: 640 }, height: { ideal: 360 }, frameRate: { ideal: 30 } };
const GATHER = 3000; // milliseconds until an offer goes without further candidates
const PACE = 80; // milliseconds between two changes while a slider is drawn
const LOOK = 1000; // milliseconds between two looks at figures

// Candidates belong into the offer: the service takes no others later.
function gathered(connection) {
  return new Promise((resolve) => {
    const check = () => {
      if (connection.iceGatheringState === "complete") resolve();
    };
    connection.addEventListener("icegatheringstatechange", check);
    setTimeout(resolve, GATHER);
    check();
  });
}

function faultWords(error) {
  const known = {
    NotAllowedError: "This page may not use the camera. Allow it in the browser, and start again.",
    NotFoundError: "There is no camera, or no microphone where sound is to come too.",
    NotReadableError: "Another program uses the camera.",
  };
  return known[error.name] ? new TypeError(known[error.name]) : error;
}

class Session {
  constructor(camera, filters, onEnd) {
    this.camera = camera;
    this.onEnd = onEnd;
    this.filters = filters;
    this.connection = null;
    this.stats = null;
    this.waiting = null;
    this.shown = { delay: 0, count: 0 };
    for (const track of camera.getTracks()) track.onended = () => this.stop(); // it was unplugged, or is no longer allowed
  }

  async start(iceServers, onVideo) {
    const connection = new RTCPeerConnection({ iceServers: iceServers.map((urls) => ({ urls })) });
    this.connection = connection;
    this.channel = connection.createDataChannel("filters");
    let offered = null;
    this.channel.onopen = () => {
      if (this.filters !== offered) this.change(this.filters); // another one was chosen meanwhile
    };
    this.channel.onmessage = (message) => {
      const told = JSON.parse(message.data);
      if (told.stats) this.stats = told.stats;
    };
    connection.ontrack = (event) => onVideo(event.streams[0] || new MediaStream([event.track]), event.track.kind);
    connection.onconnectionstatechange = () => {
      if (["failed", "closed", "disconnected"].includes(connection.connectionState)) this.stop();
    };
    for (const track of this.camera.getTracks()) connection.addTrack(track, this.camera);
    await connection.setLocalDescription(await connection.createOffer());
    await gathered(connection);
    if (!this.connection) return;
    offered = this.filters;
    const { sdp, type } = connection.localDescription;
    const answer = await post("webrtc/offer", { sdp, type, filters: this.filters });
    if (this.connection) await connection.setRemoteDescription(answer);
  }

  // Send what is chosen now; while a slider is drawn, the newest value after a short wait.
  change(filters) {
    this.filters = filters;
    this.waiting ??= setTimeout(() => {
      this.waiting = null;
      if (this.channel?.readyState === "open") this.channel.send(JSON.stringify({ filters: this.filters }));
    }, PACE);
  }

  // Ask the service what it does, and the browser how long the way there and back is.
  async look() {
    if (this.channel?.readyState === "open") this.channel.send('{"stats": true}');
    const found = { fps: null, round: null, buffer: null };
    for (const report of (await this.connection.getStats()).values()) {
      if (report.type === "inbound-rtp" && report.kind === "video") {
        found.fps = report.framesPerSecond ?? null;
        const { jitterBufferDelay: delay = 0, jitterBufferEmittedCount: count = 0 } = report;
        if (count > this.shown.count) found.buffer = (1000 * (delay - this.shown.delay)) / (count - this.shown.count);
        this.shown = { delay, count }; // both are sums since the start
      } else if (report.type === "candidate-pair" && report.nominated && report.currentRoundTripTime !== undefined) {
        found.round = 1000 * report.currentRoundTripTime;
      }
    }
    return found;
  }

  stop() {
    if (!this.connection) return;
    clearTimeout(this.waiting);
    this.connection.close();
    this.connection = null;
    for (const track of this.camera.getTracks()) track.stop();
    this.onEnd();
  }
}

function view(label, muted) {
  const film = element("video", { className: "shown", autoplay: true, playsInline: true, muted });
  film.setAttribute("aria-label", label);
  return element("figure", {}, film, element("figcaption", { className: "quiet" }, label));
}

export async function mount(section) {
  const told = await get("webrtc");
  const select = element("select", { id: "live-filter" }, ...FILTERS.map((one, at) => element("option", { value: String(at) }, one.title)));
  const slider = element("input", { type: "range", id: "live-amount", hidden: true, step: "any" });
  const amount = element("label", { hidden: true, htmlFor: "live-amount" }, "How much", slider);
  const start = element("button", { type: "button", className: "primary" }, "Start the camera");
  const stop = element("button", { type: "button", disabled: true }, "Stop");
  const sound = element("input", { type: "checkbox", id: "live-sound" });
  const figures = element("p", { className: "status quiet" }, "The picture goes to the service and comes back filtered.");
  const camera = view("Camera", true);
  const filtered = view("Filtered", true);
  const fail = element("div");
  section.replaceChildren(
    element("div", { className: "card" },
      element("div", { className: "row" }, start, stop, element("label", {}, sound, "with sound")),
      element("div", { className: "row" }, element("label", { htmlFor: "live-filter" }, "Filter"), select, amount),
      fail,
      element("div", { className: "results pair" }, camera, filtered),
      figures));

  let session = null;
  let timer = null;
  const chosen = () => FILTERS[Number(select.value)].make(Number(slider.value));
  const choose = () => {
    const { range } = FILTERS[Number(select.value)];
    amount.hidden = slider.hidden = !range;
    if (range) [slider.min, slider.max, slider.value] = range.map(String);
    session?.change(chosen());
  };
  select.addEventListener("change", choose);
  slider.addEventListener("input", () => session?.change(chosen()));

  const ended = () => {
    clearInterval(timer);
    session = null;
    const wasHere = document.activeElement === stop;
    start.disabled = false;
    stop.disabled = true;
    if (wasHere) start.focus();
    figures.textContent = "Stopped.";
    say("Live video has stopped");
    for (const one of [camera, filtered]) one.querySelector("video").srcObject = null;
  };

  const look = async () => {
    const mine = session;
    if (!mine?.connection) return;
    const found = await mine.look();
    if (mine !== session) return;
    const work = mine.stats?.latency_ms_p50;
    const parts = [`${Math.round(found.fps || 0)} frames a second`];
    if (work) parts.push(`filter ${Math.round(work)} ms`);
    if (found.round !== null) parts.push(`network ${Math.round(found.round)} ms there and back`);
    if (found.buffer !== null) parts.push(`waiting to be shown ${Math.round(found.buffer)} ms`);
    if (work) parts.push(`in all about ${Math.round(work + (found.round || 0) + (found.buffer || 0))} ms`);
    figures.textContent = parts.join(", ");
  };

  start.addEventListener("click", async () => {
    const wasHere = document.activeElement === start;
    let mine = null;
    start.disabled = true;
    fail.replaceChildren();
    try {
      if (!navigator.mediaDevices) throw new TypeError("Browsers give the camera to pages over https, or of this machine, alone.");
      const stream = await navigator.mediaDevices.getUserMedia({ video: CAMERA, audio: sound.checked });
      camera.querySelector("video").srcObject = stream;
      mine = session = new Session(stream, chosen(), ended);
      stop.disabled = false;
      if (wasHere) stop.focus();
      await mine.start(told.ice_servers, (back, kind) => {
        const film = filtered.querySelector("video");
        film.srcObject = back;
        if (kind === "audio") film.muted = !sound.checked;
      });
      if (mine !== session) return;
      say("Live video has started");
      timer = setInterval(look, LOOK);
    } catch (error) {
      if (mine && mine !== session) return; // it was stopped meanwhile
      mine?.stop();
      start.disabled = false;
      if (wasHere) start.focus();
      fail.replaceChildren(fault(faultWords(error)));
    }
  });
  stop.addEventListener("click", () => session?.stop());
  window.addEventListener("pagehide", () => session?.stop());
}
