// The page: takes files, keeps the table of jobs, and opens the live view.

import { get, post } from "./api.js";
import { fault, hasEnded, openJob, statusWords, takeFile } from "./work.js";
import { element, nameOf, remember } from "./words.js";

const at = (id) => document.getElementById(id);
const work = at("work");
const PAGE = 25;
let recipes = [];
let shown = 0;

const jobs = new Map();

function actions(job) {
  const title = nameOf(job.source);
  const button = (words, act) => {
    const made = element("button", { type: "button" }, words);
    made.setAttribute("aria-label", `${words} ${title}`);
    made.addEventListener("click", () => act().catch((error) => work.prepend(fault(error))));
    return made;
  };
  const list = [button(hasEnded(job.status) ? "Open" : "Follow", async () => openJob(work, jobs.get(job.job_id).job, title, change))];
  if (!hasEnded(job.status)) {
    list.push(button("Cancel", async () => change(await post(`jobs/${job.job_id}`, undefined, "DELETE"))));
  } else if (job.status !== "completed") {
    list.push(button("Retry", async () => {
      const again = await post(`jobs/${job.job_id}/retry`);
      change(again);
      openJob(work, again, title, change);
    }));
  }
  return element("div", { className: "row" }, ...list);
}

// Put a job into the table, or change its row.
function change(job, { isOlder = false } = {}) {
  const begun = new Date(job.created_at).toLocaleString([], { dateStyle: "short", timeStyle: "short" });
  const status = statusWords(job.status);
  const row = element("tr", {},
    element("td", {}, nameOf(job.source)),
    element("td", { className: job.status === "failed" ? "bad" : "" }, status),
    element("td", { className: "quiet" }, begun),
    element("td", {}, actions(job)));
  row.dataset.job = job.job_id;
  row.dataset.status = job.status;
  const known = jobs.get(job.job_id);
  if (known) known.row.replaceWith(row);
  else if (isOlder) at("jobs").append(row);
  else at("jobs").prepend(row);
  jobs.set(job.job_id, { job, row });
  at("no-jobs").hidden = true;
  at("jobs-frame").hidden = false;
}

async function older() {
  const found = await get(`jobs?limit=${PAGE}&offset=${shown}`);
  shown += found.jobs.length;
  at("more").hidden = found.next_offset === null;
  for (const job of found.jobs) {
    if (jobs.has(job.job_id)) continue;
    change(job, { isOlder: true });
    if (!hasEnded(job.status)) openJob(work, job, nameOf(job.source), change);
  }
}

function take(files) {
  for (const file of files) {
    takeFile(work, file, recipes, (job) => {
      remember(job.source, file.name);
      change(job);
    });
  }
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
    if (tab === tabs[1]) mounted ??= import("./live.js").then((live) => live.mount(at("live")));
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
at("more").addEventListener("click", () => older().catch((error) => work.prepend(fault(error))));
openTabs();
try {
  recipes = await get("recipes");
  await older();
} catch (error) {
  work.prepend(fault(error));
}
document.documentElement.dataset.ready = "true";
