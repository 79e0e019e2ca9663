// A file in work: its upload, what is to be made of it, and how far that has come.

import { Refused, get, post, upload } from "./api.js";
import { follow, hasEnded } from "./follow.js";
import { results } from "./results.js";
import { disable, element, nameOf, put, say, size, time } from "./words.js";

const STATUS = {
  pending: "waiting",
  processing: "running",
  completed: "done",
  partial: "partly done",
  failed: "failed",
  cancelled: "cancelled",
};
const STAGE = {
  probe: "looking at the file",
  plan: "planning",
  decode: "decoding",
  transform: "changing",
  encode: "encoding",
  store: "storing",
};

export const statusWords = (status) => STATUS[status] || status;

export function fault(error) {
  const words = error instanceof Refused || error instanceof TypeError ? error.message : String(error);
  return element("p", { className: "bad", role: "alert" }, words);
}

function bar(label) {
  const made = element("progress", { max: 1, value: 0 });
  made.setAttribute("aria-label", label);
  return made;
}

// A card may be closed while its job runs: it is kept, and opened again as it is then.
const cards = new Map();

function card(list, title) {
  const heading = element("h3", { tabIndex: -1 }, title);
  const close = element("button", { type: "button" }, "Close");
  close.setAttribute("aria-label", `Close ${title}`);
  const body = element("div");
  const frame = element("article", { className: "card" }, element("div", { className: "row spread" }, heading, close), body);
  frame.setAttribute("aria-label", title);
  close.addEventListener("click", () => {
    const next = frame.nextElementSibling || frame.previousElementSibling;
    frame.remove();
    (next?.querySelector("h3") || document.getElementById("choose")).focus();
  });
  list.prepend(frame);
  return { frame, heading, body, close };
}

// Open the card of a job that exists already.
export function openJob(list, job, title, hooks, { isAsked = true } = {}) {
  let made = cards.get(job.job_id);
  if (made) {
    if (!made.frame.isConnected) list.prepend(made.frame);
  } else {
    made = card(list, title);
    showJob(made, job, title, hooks);
  }
  if (isAsked) made.heading.focus();
}

const planOf = (job) => element("details", {},
  element("summary", {}, "What is done"), element("pre", { tabIndex: 0 }, job.plan.join("\n")));

// Show a job until it has ended, and then what came out of it.
function showJob(made, job, title, hooks) {
  const { body } = made;
  cards.set(job.job_id, made);
  const failed = (error) => put(body, fault(error));
  const end = (ended) => showEnd(body, ended, hooks).catch(failed);
  if (hasEnded(job.status)) return end(job);

  const running = runningView(body, job, title);
  const take = (event) => {
    if (event.kind === "started") hooks.change({ ...job, status: "processing" });
    if (event.kind !== "finished") return running(event);
    get(`jobs/${job.job_id}`).then((ended) => {
      hooks.change(ended);
      say(`${title}: ${statusWords(ended.status)}`);
      return end(ended);
    }).catch(failed);
  };
  follow(job.job_id, take, failed);
}

async function showEnd(body, job, hooks) {
  const color = { completed: "good", cancelled: "" }[job.status] ?? "bad";
  const words = element("p", { className: `status ${color}` }, statusWords(job.status));
  if (job.error && job.status !== "cancelled" && !job.outputs.some((one) => one.error)) words.append(`: ${job.error}`);
  const row = element("div", { className: "row spread" }, words);
  if (job.status !== "completed") {
    const retry = element("button", { type: "button" }, "Retry");
    retry.setAttribute("aria-label", `Retry ${nameOf(job.source)}`);
    retry.addEventListener("click", () => hooks.retry(job).catch((error) => body.append(fault(error))));
    row.append(retry);
  }
  put(body, row, await results(job), planOf(job));
}

// Show how far a job has come; return what takes its events.
function runningView(body, job, title) {
  const progress = bar(`Progress of ${title}`);
  progress.value = job.progress;
  const status = element("p", { className: "status" }, statusWords(job.status));
  const list = element("ul", { className: "outputs" });
  const cancel = element("button", { type: "button" }, "Cancel");
  cancel.setAttribute("aria-label", `Cancel ${title}`);
  put(body, element("div", { className: "row spread" }, status, cancel), progress, list, planOf(job));
  cancel.addEventListener("click", () => {
    disable(cancel);
    post(`jobs/${job.job_id}`, undefined, "DELETE").catch((error) => {
      cancel.disabled = false;
      body.append(fault(error));
    });
  });

  const rows = new Map();
  const made = new Set();
  const tell = (name, words) => {
    if (!rows.has(name)) {
      rows.set(name, element("span", { className: "quiet" }));
      list.append(element("li", {}, element("span", {}, name), rows.get(name)));
    }
    rows.get(name).textContent = words;
  };
  for (const name of job.output_names) tell(name, statusWords("pending"));

  return (event) => {
    if (event.kind === "lost") status.textContent = "The connection was lost; it is sought again.";
    if (event.kind === "written") {
      made.add(event.output);
      tell(event.output, size(event.bytes));
    }
    if (event.kind !== "progress") return;
    const percent = `${Math.floor(event.fraction * 100)} %`;
    const left = event.remaining_seconds === null ? "" : `, about ${time(event.remaining_seconds)} left`;
    const stage = STAGE[event.stage] || statusWords("processing");
    progress.value = Math.max(progress.value, event.fraction);
    status.textContent = `${percent}, ${stage}${left}`;
    for (const name of event.output ? [event.output] : job.output_names) {
      if (!made.has(name) && (event.output || event.stage === "encode")) tell(name, stage + left);
    }
    say(`${title}: ${percent}${left}`, { mayBeLeftOut: true });
  };
}

// Take a file: upload it, ask what is to be made of it, and make it.
export async function takeFile(list, file, recipes, hooks) {
  const made = card(list, file.name);
  const given = new AbortController();
  made.close.addEventListener("click", () => given.abort());
  try {
    const { location } = await uploaded(made.body, file, given.signal);
    // a browser often does not know what a file is, the service does
    const found = await post("probe", { source: location });
    if (given.signal.aborted) return;
    say(`${file.name} is uploaded`);
    choose(made, file, found, (await recipes).filter((one) => one.kinds.includes(found.kind)), location, hooks);
  } catch (error) {
    if (error.name !== "AbortError") put(made.body, fault(error));
  }
}

async function uploaded(body, file, signal) {
  const progress = bar(`Upload of ${file.name}`);
  const words = element("p", { className: "status quiet" }, `${size(file.size)}, waiting`);
  put(body, words, progress);
  let begun = null;
  return upload(file, (share) => {
    begun ??= { at: performance.now(), share };
    const seconds = (performance.now() - begun.at) / 1000;
    const left = seconds > 1 && share > begun.share ? `, about ${time((seconds * (1 - share)) / (share - begun.share))} left` : "";
    progress.value = share;
    words.textContent = share < 1 ? `uploading, ${Math.floor(share * 100)} % of ${size(file.size)}${left}` : "looking at the file";
    say(`Upload of ${file.name}: ${Math.floor(share * 100)} %`, { mayBeLeftOut: true });
  }, signal);
}

function factsOf(found) {
  const parts = [found.format];
  if (found.width) parts.push(`${found.width} × ${found.height}`);
  if (found.bytes !== null) parts.push(size(found.bytes));
  return parts.join(", ");
}

// Let somebody choose what is made of a file, and tell beforehand what that is.
function choose(made, file, found, recipes, source, hooks) {
  const facts = element("p", { className: "quiet" }, factsOf(found));
  if (!recipes.length) {
    put(made.body, facts, element("p", {}, "There is nothing to choose for files of this kind."));
    return;
  }
  const select = element("select", {}, ...recipes.map((one) => element("option", { value: one.name }, one.title)));
  const start = element("button", { type: "button", className: "primary start" }, "Start");
  start.setAttribute("aria-label", `Start ${file.name}`);
  const plan = element("details", { hidden: true });
  const chosen = () => ({ source, outputs: recipes.find((one) => one.name === select.value).outputs });
  put(made.body, facts, element("div", { className: "row" }, element("label", {}, "Make", select), start), plan);
  hooks.waits();
  select.addEventListener("change", () => explain(plan, chosen));
  explain(plan, chosen);
  made.close.addEventListener("click", hooks.waits);
  start.addEventListener("click", async () => {
    disable(start);
    hooks.waits();
    try {
      const job = await post("process", chosen());
      hooks.began(job, file.name);
      showJob(made, job, file.name, hooks);
    } catch (error) {
      start.disabled = false;
      hooks.waits();
      plan.after(fault(error));
    }
  });
}

async function explain(place, chosen) {
  const wanted = chosen();
  let words;
  try {
    const found = await post("plan", wanted);
    words = [element("summary", {}, `What will be done, in about ${time(found.estimated_seconds)}`),
      element("pre", { tabIndex: 0 }, found.plan.join("\n"))];
  } catch (error) {
    words = [element("summary", {}, "This cannot be made"), fault(error)];
    place.open = true;
  }
  if (chosen().outputs !== wanted.outputs) return; // something else was chosen meanwhile
  place.replaceChildren(...words);
  place.hidden = false;
}
