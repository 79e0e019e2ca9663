// A file in work: its upload, what is to be made of it, and how far that has come.

import { Refused, follow, get, post, upload } from "./api.js";
import { results } from "./results.js";
import { element, say, size, time } from "./words.js";

const ENDED = new Set(["completed", "partial", "failed", "cancelled"]);
const STATUS = {
  pending: "waits",
  processing: "is being made",
  completed: "made",
  partial: "partly made",
  failed: "failed",
  cancelled: "cancelled",
};

export const statusWords = (status) => STATUS[status] || status;
export const hasEnded = (status) => ENDED.has(status);

function bar(label) {
  const made = element("progress", { max: 1, value: 0 });
  made.setAttribute("aria-label", label);
  return made;
}

function card(title) {
  const heading = element("h3", {}, title);
  const close = element("button", { type: "button" }, "Close");
  close.setAttribute("aria-label", `Close ${title}`);
  const body = element("div");
  const frame = element("article", { className: "card" }, element("div", { className: "row spread" }, heading, close), body);
  close.addEventListener("click", () => frame.remove());
  return { frame, body, close };
}

export function fault(error) {
  const words = error instanceof Refused || error instanceof TypeError ? error.message : String(error);
  return element("p", { className: "bad", role: "alert" }, words);
}

// Show a job until it has ended, and then what came out of it.
export function showJob(place, job, title, onChange) {
  const progress = bar(`Progress of ${title}`);
  progress.value = job.progress;
  const status = element("p", { className: "status" }, statusWords(job.status));
  const outputs = element("ul", { className: "outputs" });
  const rows = new Map();
  const cancel = element("button", { type: "button" }, "Cancel");
  const plan = element("details", {}, element("summary", {}, "What is done"), element("pre", { tabIndex: 0 }, job.plan.join("\n")));
  const live = element("div", {}, progress, status, outputs, cancel);
  place.replaceChildren(live, plan);

  const row = (name, words) => {
    if (!rows.has(name)) {
      rows.set(name, element("span", { className: "quiet" }));
      outputs.append(element("li", {}, element("span", {}, name), rows.get(name)));
    }
    rows.get(name).textContent = words;
  };

  const end = async () => {
    const ended = await get(`jobs/${job.job_id}`);
    onChange(ended);
    say(`${title}: ${statusWords(ended.status)}`);
    const words = element("p", { className: `status ${ended.status === "completed" ? "good" : "bad"}` }, statusWords(ended.status));
    const reason = ended.error && !ended.outputs.some((one) => one.error) ? `: ${ended.error}` : "";
    words.append(reason);
    place.replaceChildren(words, await results(ended), plan);
  };

  for (const name of job.output_names) row(name, "waits");
  const made = new Set();
  const running = (words) => {
    for (const name of job.output_names) if (!made.has(name)) row(name, words);
  };

  const take = (event) => {
    if (event.kind === "started") {
      onChange({ ...job, status: "processing" });
    } else if (event.kind === "progress") {
      const left = event.remaining_seconds === null ? "" : `, about ${time(event.remaining_seconds)} left`;
      progress.value = event.fraction;
      status.textContent = `${Math.floor(event.fraction * 100)} %, ${event.stage}${left}`;
      if (event.output && !made.has(event.output)) row(event.output, `${event.stage}${left}`);
      else if (event.stage === "encode") running(`is being made${left}`);
      say(`${title}: ${Math.floor(event.fraction * 100)} %`, { mayBeLeftOut: true });
    } else if (event.kind === "written") {
      made.add(event.output);
      row(event.output, size(event.bytes));
    } else if (event.kind === "finished") {
      cancel.disabled = true;
      end().catch((error) => place.replaceChildren(fault(error)));
    }
  };

  const stop = follow(job.job_id, take);
  cancel.addEventListener("click", async () => {
    cancel.disabled = true;
    await post(`jobs/${job.job_id}`, undefined, "DELETE").catch((error) => place.append(fault(error)));
  });
  return stop;
}

// Open a card for a job that exists already.
export function openJob(list, job, title, onChange) {
  const { frame, body, close } = card(title);
  list.prepend(frame);
  const stop = showJob(body, job, title, onChange);
  close.addEventListener("click", stop);
  close.focus();
}

const kindOf = (file) => file.type.split("/")[0] || "image";

async function explain(place, body) {
  try {
    const found = await post("plan", body);
    place.replaceChildren(
      element("summary", {}, `What will be done, in about ${time(found.estimated_seconds)}`),
      element("pre", { tabIndex: 0 }, found.plan.join("\n")),
    );
    place.hidden = false;
  } catch (error) {
    place.replaceChildren(element("summary", {}, "This cannot be made"), fault(error));
    place.hidden = false;
    place.open = true;
  }
}

// Take a file: upload it, ask what is to be made of it, and make it.
export async function takeFile(list, file, recipes, onChange) {
  const { frame, body, close } = card(file.name);
  list.prepend(frame);
  const given = new AbortController();
  close.addEventListener("click", () => given.abort());

  const progress = bar(`Upload of ${file.name}`);
  const words = element("p", { className: "status quiet" }, `uploading ${size(file.size)}`);
  body.replaceChildren(progress, words);
  let source;
  try {
    const sent = await upload(file, (share) => { progress.value = share; }, given.signal);
    source = sent.location;
  } catch (error) {
    if (error.name !== "AbortError") body.replaceChildren(fault(error));
    return;
  }

  const fitting = recipes.filter((recipe) => recipe.kinds.includes(kindOf(file)));
  const select = element("select", {}, ...fitting.map((one) => element("option", { value: one.name }, one.title)));
  const start = element("button", { type: "button", className: "primary" }, "Start");
  const plan = element("details", { hidden: true });
  const chosen = () => ({ source, outputs: fitting.find((one) => one.name === select.value).outputs });
  body.replaceChildren(element("div", { className: "row" }, element("label", {}, "Make", select), start), plan);
  say(`${file.name} is uploaded`);
  select.addEventListener("change", () => explain(plan, chosen()));
  explain(plan, chosen());
  start.addEventListener("click", async () => {
    start.disabled = true;
    try {
      const job = await post("process", chosen());
      onChange(job);
      close.addEventListener("click", showJob(body, job, file.name, onChange));
    } catch (error) {
      start.disabled = false;
      plan.after(fault(error));
    }
  });
}
