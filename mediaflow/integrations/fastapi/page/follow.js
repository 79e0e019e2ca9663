// Jobs in work: followed by events where a connection is free, and looked at now and then where none is.
// Over HTTP/1.1 a browser gives a site about six connections; uploads, answers and players need some.

import { Refused, get } from "./api.js";

const STREAMS = 2; // of events at once, so that two tabs leave something for all else
const LOOK = 2000; // milliseconds between two looks
const ENDED = new Set(["completed", "partial", "failed", "cancelled"]);
let open = 0;

export const hasEnded = (status) => ENDED.has(status);

// Follow a job to its end. The browser connects anew by itself, and says which event it had last.
// Besides the events of the service there is "lost": the connection is, and is sought again.
export function follow(jobId, onEvent, onFault) {
  if (open < STREAMS) listen(jobId, onEvent, onFault);
  else look(jobId, onEvent, onFault);
}

function listen(jobId, onEvent, onFault) {
  const stream = new EventSource(`jobs/${jobId}/events`);
  open += 1;
  const stop = () => {
    stream.close();
    open -= 1;
  };
  for (const kind of ["started", "progress", "written", "finished"]) {
    stream.addEventListener(kind, (message) => {
      if (kind === "finished") stop();
      onEvent(JSON.parse(message.data));
    });
  }
  stream.addEventListener("error", () => {
    onEvent({ kind: "lost" });
    if (stream.readyState !== EventSource.CLOSED) return;
    stop(); // the service refused; an answer to a look says why
    look(jobId, onEvent, onFault);
  });
}

async function look(jobId, onEvent, onFault) {
  try {
    const job = await get(`jobs/${jobId}`);
    if (hasEnded(job.status)) return onEvent({ kind: "finished" });
    if (job.status === "processing") {
      onEvent({ kind: "progress", fraction: job.progress, stage: null, output: null, remaining_seconds: null });
    }
  } catch (error) {
    if (error instanceof Refused && error.status < 500) return onFault(error);
    onEvent({ kind: "lost" });
  }
  await new Promise((resolve) => setTimeout(resolve, LOOK));
  follow(jobId, onEvent, onFault);
}
