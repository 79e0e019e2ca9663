// What the page asks the service. Paths are relative to the page, so that any prefix will do.

const PIECE = 8 * 1024 * 1024; // bytes of a large upload that are sent at once
const TRIES = 5;
const AT_ONCE = 2; // uploads; further files wait for their turn
const PASSING = new Set([408, 409, 429, 502, 503, 504]); // what may be otherwise after a while

export class Refused extends Error {
  constructor(problem, status) {
    super(problem.detail || `The service answered ${status}.`);
    this.code = (problem.type || "").split(":").pop();
    this.status = status;
  }
}

export const fileUrl = (location) => "files/" + location.split("/").map(encodeURIComponent).join("/");

async function told(answer) {
  const is_json = (answer.headers.get("content-type") || "").includes("json");
  const body = is_json ? await answer.json() : {};
  if (!answer.ok) throw new Refused(body, answer.status);
  return body;
}

export const get = async (path) => told(await fetch(path));

export async function post(path, body, method = "POST") {
  const headers = { "content-type": "application/json" };
  return told(await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) }));
}

// Send a part of a file; XMLHttpRequest alone tells how much has gone.
function send(method, path, part, headers, onSent, signal) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const stop = () => request.abort();
    request.open(method, path);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => onSent(event.loaded);
    request.onload = () => {
      const is_json = (request.getResponseHeader("content-type") || "").includes("json");
      const body = is_json ? JSON.parse(request.responseText) : {};
      if (request.status < 300) resolve(body);
      else reject(new Refused(body, request.status));
    };
    request.onerror = () => reject(new TypeError("The connection was lost."));
    request.onabort = () => reject(new DOMException("Cancelled.", "AbortError"));
    request.onloadend = () => signal.removeEventListener("abort", stop);
    signal.addEventListener("abort", stop);
    request.send(part);
  });
}

// A while that ends early when somebody gives up.
function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(new DOMException("Cancelled.", "AbortError"));
    });
  });
}

let sending = 0;
const waiting = [];

// Upload a file when its turn comes, in pieces where it is large.
export async function upload(file, onProgress, signal) {
  if (sending >= AT_ONCE) await new Promise((resolve) => waiting.push(resolve));
  else sending += 1;
  try {
    signal.throwIfAborted();
    return await pieces(file, onProgress, signal);
  } finally {
    if (waiting.length) waiting.shift()();
    else sending -= 1;
  }
}

// Send the pieces of a file; go on where a lost connection left it.
async function pieces(file, onProgress, signal) {
  let id = null;
  let offset = 0;
  for (let tries = 0; ; ) {
    const isNamed = id !== null || file.size <= PIECE;
    // a large file gets its name before its first byte, so that it can go on from any of them
    const end = isNamed ? Math.min(offset + PIECE, file.size) : 0;
    const isLast = isNamed && end === file.size;
    const headers = { "content-type": "application/octet-stream" };
    if (!isLast) headers["upload-incomplete"] = "?1";
    if (id !== null) headers["upload-offset"] = String(offset);
    const [method, path] = id === null ? ["POST", "uploads"] : ["PATCH", `uploads/${id}`];
    try {
      const sent = (bytes) => onProgress(Math.min(1, (offset + bytes) / Math.max(1, file.size)));
      const body = await send(method, path, file.slice(offset, end), headers, sent, signal);
      if (isLast) return body;
      id = body.upload_id;
      offset = body.offset;
      tries = 0;
    } catch (error) {
      if (!mayPass(error) || ++tries > TRIES) throw error;
      await pause(500 * 2 ** tries, signal);
      if (id === null) continue;
      const { location, came } = await cameSoFar(path, offset);
      if (location) return { upload_id: id, location, bytes: came }; // the last answer was lost
      offset = came;
    }
  }
}

const mayPass = (error) => error instanceof TypeError || PASSING.has(error.status);

// How many bytes of an upload the service has, and its location where it is whole.
async function cameSoFar(path, otherwise) {
  const answer = await fetch(path, { method: "HEAD" }).catch(() => null);
  if (answer?.status === 404) throw new Refused({ detail: "The upload lay too long; choose the file again." }, 404);
  if (!answer?.ok) return { location: null, came: otherwise };
  return { location: answer.headers.get("content-location"), came: Number(answer.headers.get("upload-offset")) };
}
