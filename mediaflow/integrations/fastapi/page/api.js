// What the page asks the service. Paths are relative to the page, so that any prefix will do.

const PIECE = 8 * 1024 * 1024; // bytes of a large upload that are sent at once
const TRIES = 4;

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

// Upload a file, in pieces where it is large; go on where a lost connection left it.
export async function upload(file, onProgress, signal) {
  let id = null;
  let offset = 0;
  for (let tries = 0; ; ) {
    const end = Math.min(offset + PIECE, file.size);
    const is_last = end === file.size;
    const headers = { "content-type": "application/octet-stream" };
    if (!is_last) headers["upload-incomplete"] = "?1";
    if (id !== null) headers["upload-offset"] = String(offset);
    const path = id === null ? "uploads" : `uploads/${id}`;
    try {
      const sent = (bytes) => onProgress((offset + bytes) / file.size);
      const body = await send(id === null ? "POST" : "PATCH", path, file.slice(offset, end), headers, sent, signal);
      if (is_last) return body;
      id = body.upload_id;
      offset = body.offset;
      tries = 0;
    } catch (error) {
      const is_lost = error instanceof TypeError || error.status === 408 || error.status === 503;
      if (!is_lost || id === null || ++tries > TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500 * 2 ** tries));
      const answer = await fetch(path, { method: "HEAD" });
      if (answer.ok) offset = Number(answer.headers.get("upload-offset"));
    }
  }
}

// Follow a job to its end. The browser connects anew by itself, and says which event it had last.
export function follow(jobId, onEvent) {
  const stream = new EventSource(`jobs/${jobId}/events`);
  for (const kind of ["started", "progress", "written", "finished"]) {
    stream.addEventListener(kind, (message) => {
      const event = JSON.parse(message.data);
      if (kind === "finished") stream.close();
      onEvent(event);
    });
  }
  return () => stream.close();
}
