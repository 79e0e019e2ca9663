// The page: takes files, keeps the table of jobs, and opens the live view.

import { get, post } from "./api.js";
import { hasEnded } from "./follow.js";
import { fault, openJob, statusWords, takeFile } from "./work.js";
import { element, nameOf, remember } from "./words.js";

const at = (id) => document.getElementById(id);
const work = at("work");
const PAGE = 25;
const recipes = get("recipes");
const jobs = new Map();
let shown = 0;

const tell = (error) => work.prepend(fault(error));

// What cards let the page know.
const hooks = {
  change: (job) => change(job),
  began(job, name) {
    remember(job.source, name);
    change(job);
  },
  async retry(job) {
    const again = await post(`jobs/${job.job_id}/retry`);
    change(again);
    openJob(work, again, nameOf(again.source), hooks);
  },
  // Several files can be started at once.
  waits() {
    at("start-all").hidden = work.querySelectorAll(".start:enabled").length < 2;
  },
};

function actions(job) {
  const title = nameOf(job.source);
  const button = (words, act) => {
    const made = element("button", { type: "button" }, words);
    made.setAttribute("aria-label", `${words} ${title}`);
    made.addEventListener("click", () => act(jobs.get(job.job_id).job).catch(tell));
    return made;
  };
  const isOver = hasEnded(job.status);
  const list = [button(isOver ? "Open" : "Follow", async (now) => openJob(work, now, title, hooks))];
  if (!isOver) list.push(button("Cancel", async () => change(await post(`jobs/${job.job_id}`, undefined, "DELETE"))));
  else if (job.status !== "completed") list.push(button("Retry", hooks.retry));
  return list;
}

function newRow(job, isOlder) {
  const begun = new Date(job.created_at).toLocaleString([], { dateStyle: "short", timeStyle: "short" });
  const cell = (words, className = "") => element("td", { className, role: "cell" }, words);
  const status = cell("", "status");
  const buttons = element("div", { className: "row" });
  const row = element("tr", { role: "row" },
    cell(nameOf(job.source)), cell(job.output_names.join(", "), "quiet"), status, cell(begun, "quiet"), cell(buttons));
  row.dataset.job = job.job_id;
  at("jobs")[isOlder ? "append" : "prepend"](row);
  at("no-jobs").hidden = true;
  at("jobs-frame").hidden = false;
  return { row, status, buttons };
}

// Put a job into the table, or change its row. The keyboard stays where it is.
function change(job, { isOlder = false } = {}) {
  const known = jobs.get(job.job_id);
  if (known && hasEnded(known.job.status) && !hasEnded(job.status)) return; // late news
  const made = known ?? newRow(job, isOlder);
  jobs.set(job.job_id, { ...made, job });
  made.row.dataset.status = job.status;
  made.status.textContent = statusWords(job.status);
  made.status.classList.toggle("bad", job.status === "failed");
  if (known && hasEnded(known.job.status) === hasEnded(job.status)) return;
  const wasWithin = made.buttons.contains(document.activeElement);
  made.buttons.replaceChildren(...actions(job));
  if (wasWithin) made.buttons.firstElementChild.focus();
}

async function older() {
  const found = await get(`jobs?limit=${PAGE}&offset=${shown}`);
  shown += found.jobs.length;
  at("more").hidden = found.next_offset === null;
  for (const job of found.jobs) {
    if (jobs.has(job.job_id)) continue;
    change(job, { isOlder: true });
  }
  for (const job of found.jobs.filter((one) => !hasEnded(one.status)).reverse()) {
    openJob(work, job, nameOf(job.source), hooks, { isAsked: false });
  }
}

function take(files) {
  if (files.length) at("tab-files").click();
  for (const file of files) takeFile(work, file, recipes, hooks);
}

function listenForFiles() {
  const drop = at("drop");
  for (const [button, input] of [["choose", "files-input"], ["camera", "camera-input"]]) {
    at(button).addEventListener("click", () => at(input).click());
    at(input).addEventListener("change", (event) => {
      take(event.target.files);
      event.target.value = "";
    });
  }
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) drop.classList.remove("over");
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    take(event.dataTransfer.files);
  });
  document.addEventListener("paste", (event) => take(event.clipboardData.files));
}

// Tabs as WAI-ARIA describes them: arrows move between them, and the chosen one is shown.
async function openTabs() {
  const tabs = [at("tab-files"), at("tab-live")];
  let mounted = null;
  const choose = (tab) => {
    for (const one of tabs) {
      const is_chosen = one === tab;
      one.setAttribute("aria-selected", String(is_chosen));
      one.tabIndex = is_chosen ? 0 : -1;
      at(one.getAttribute("aria-controls")).hidden = !is_chosen;
    }
    if (tab === tabs[1]) mounted ??= import("./live.js").then((live) => live.mount(at("live"))).catch((error) => {
      mounted = null;
      at("live").replaceChildren(fault(error));
    });
  };
  for (const tab of tabs) {
    tab.addEventListener("click", () => choose(tab));
    tab.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
      const other = tabs[1 - tabs.indexOf(tab)];
      if (other.hidden) return;
      other.focus();
      choose(other);
    });
  }
  const live = await get("webrtc").catch(() => ({ max_peers: 0 }));
  tabs[1].hidden = live.max_peers === 0;
}

listenForFiles();
at("more").addEventListener("click", () => older().catch(tell));
at("start-all").addEventListener("click", () => {
  at("start-all").hidden = true;
  at("choose").focus();
  for (const start of work.querySelectorAll(".start:enabled")) start.click();
});
openTabs();
await Promise.all([recipes, older()]).catch(tell);
document.documentElement.dataset.ready = "true";
