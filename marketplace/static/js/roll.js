// The list at the door on a poor network: a mark stands on the page at once, and waits on the phone until it is sent.
// The phone keeps numbers only (session, person, sign-up, what was tapped, when); no name is ever stored.

const KEPT_FOR = 5 * 24 * 3_600_000; // as long as a list is open
const [FIRST_WAIT, LONGEST_WAIT, PATIENCE] = [2_000, 60_000, 15_000];
const AT_ONCE = 100;
const [DOUBLE_TAP, READ] = [600, 6_000];

const roll = document.querySelector("ul.roll[data-upload]");
const said = document.querySelector(".roll-queue [role=status]");
const refused = document.querySelector(".roll-queue [role=alert]");
const parts = Object.fromEntries([...document.querySelectorAll("template[data-for]")].map((one) => [one.dataset.for, one]));
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: roll?.dataset.zone });
const rows = new Map(); // sign-up → { row, state, time, handed } as the server knows it

const key = `roll-${roll?.dataset.keep}`;
let unstored = null; // the queue, where the phone stores nothing
let sending = new Set();
let failures = 0;
let stopped = false;
let timer = 0;

function waiting() {
  if (unstored) return unstored;
  try {
    const kept = JSON.parse(localStorage.getItem(key)) ?? [];
    return kept.filter((mark) => mark.made_at > Date.now() - KEPT_FOR);
  } catch {
    return [];
  }
}

function keep(marks) {
  try {
    if (unstored) throw unstored;
    if (marks.length) localStorage.setItem(key, JSON.stringify(marks));
    else localStorage.removeItem(key);
  } catch {
    unstored = marks;
  }
  roll.dataset.waiting = marks.length;
}

function number() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const text = [...bytes].map((one) => one.toString(16).padStart(2, "0")).join("");
  return text.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

const lastOf = (signUp, marks) => marks.filter((mark) => mark.sign_up === signUp).pop();

const nameIn = (row) => row.querySelector("b").textContent;

function filled(part, row, time = "") {
  const piece = parts[part].content.cloneNode(true);
  for (const one of piece.querySelectorAll("[aria-label]")) {
    one.setAttribute("aria-label", one.getAttribute("aria-label").replace("{name}", nameIn(row)));
  }
  for (const one of piece.querySelectorAll("span")) {
    one.textContent = one.textContent.replace("{time}", time);
  }
  return piece;
}

// Show a row as the server knows it, and on top of that what waits.
function paint(signUp, marks = waiting()) {
  const known = rows.get(signUp);
  if (!known) return;
  const last = lastOf(signUp, marks);
  const state = last ? (last.verb === "undo" ? "" : last.verb) : known.state;
  const { row } = known;
  row.classList.toggle("is-queued", Boolean(last) && isWaiting());
  const time = last ? clock.format(last.made_at) : known.time;
  const shown = state === "present" ? `${state} ${time}` : state;
  if (known.shown === shown) return;
  known.shown = shown;
  const hadFocus = row.contains(document.activeElement);
  row.dataset.state = state;
  row.classList.toggle("just", state === "present");
  for (const old of row.querySelectorAll(".handed, .done-at, form[data-verb], button[data-verb]")) {
    if (old.matches(".handed") || !old.closest(".handed")) old.remove(); // what stands in .handed stays in it
  }
  if (state) row.append(filled(state, row, time), filled("undo", row));
  else row.append(filled("open", row));
  if (state === "present" && !last && known.handed) row.append(known.handed);
  else if (state === "present" && row.dataset.handOver) {
    row.append(filled("hand-over", row));
    row.querySelector(".handed a").href = row.dataset.handOver;
  }
  if (hadFocus) row.querySelector("button[data-verb]").focus();
}

// The counts on the page: those of the whole list as it was loaded, moved by what changed in the rows shown.
const first = { here: 0, away: 0, missing: 0, home: 0 };
const waitsForPickUp = (row) =>
  Boolean(row.dataset.handOver) && row.dataset.state === "present" && !row.querySelector(".handed .done-at");
const kindOf = (state) => ({ present: "here", "": "missing" })[state] ?? "away";

const counted = (kind, tab) => `[data-count=${kind}], .tabs a[href$="tab=${tab}"] .num`;

function count() {
  const now = { ...first };
  for (const { row, loaded, waited } of rows.values()) {
    now.home += waitsForPickUp(row) - waited;
    now[kindOf(loaded)] -= 1;
    now[kindOf(row.dataset.state)] += 1;
  }
  for (const [kind, n] of Object.entries(now)) {
    const tab = kind === "missing" ? "open" : kind;
    for (const place of document.querySelectorAll(counted(kind, tab))) {
      place.textContent = place.textContent.replace(/\d+/, n);
    }
  }
  for (const [place, seat] of document.querySelectorAll(".seats circle").entries()) {
    seat.setAttribute("class", place < now.here ? "in" : place < now.here + now.missing ? "" : "off");
  }
  document.querySelector(".seats")?.setAttribute("aria-hidden", "true"); // its words are those of the loaded page
}

const isWaiting = () => failures > 0 || !navigator.onLine;

function say() {
  const n = waiting().length;
  let words = "";
  if (n && stopped) words = said.dataset.stopped;
  else if (n && isWaiting()) words = n === 1 ? said.dataset.one : said.dataset.many.replace("{n}", n);
  else if (!n && said.textContent) words = said.dataset.arrived;
  if (n && !words) return; // on its way
  if (said.textContent !== words) said.textContent = words;
  if (words === said.dataset.arrived) setTimeout(() => said.textContent === words && (said.textContent = ""), READ);
}

function show() {
  const marks = waiting();
  for (const signUp of rows.keys()) paint(signUp, marks);
  count();
  say();
}

function tap(signUp, verb) {
  const marks = waiting();
  const last = lastOf(signUp, marks);
  const isUnsent = last && !last.sent && !sending.has(last.id);
  if (verb === "undo" && isUnsent) marks.splice(marks.indexOf(last), 1);
  else marks.push({ id: number(), sign_up: signUp, verb, made_at: Date.now() });
  keep(marks);
  show();
  flush();
}

function take(answer, batch) {
  const done = new Map(answer.answers.map((one) => [one.id, one]));
  keep(waiting().filter((mark) => !done.has(mark.id)));
  for (const mark of batch) {
    const told = done.get(mark.id);
    const known = rows.get(mark.sign_up);
    if (known && told) [known.state, known.time] = [told.state, told.time];
    if (known && told && (told.outcome === "applied" || told.state !== "present")) known.handed = null;
    if (told?.outcome !== "refused") continue;
    const line = document.createElement("p");
    line.textContent = known ? `${nameIn(known.row)}: ${told.words}` : told.words;
    refused.append(line);
  }
}

async function send(batch) {
  const body = {
    sent_at: Date.now(),
    marks: batch.map(({ id, sign_up, verb, made_at }) => ({ id, sign_up, verb, made_at })),
  };
  const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
  const response = await fetch(roll.dataset.upload, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": token },
    body: JSON.stringify(body),
    redirect: "manual", // the way to the login is no answer
    signal: AbortSignal.timeout?.(PATIENCE),
  });
  if (response.ok) return response.json();
  const isOver = response.status >= 400 && response.status < 500 && ![408, 429].includes(response.status);
  if (isOver || response.type === "opaqueredirect") stopped = true;
  throw new Error(`upload: ${response.status}`);
}

async function flush() {
  clearTimeout(timer);
  const batch = waiting().slice(0, AT_ONCE);
  if (!batch.length || sending.size || stopped) return;
  sending = new Set(batch.map((mark) => mark.id));
  const mayArrive = navigator.onLine;
  try {
    const answer = await send(batch);
    failures = 0;
    take(answer, batch);
  } catch {
    failures += 1;
    if (mayArrive) keep(waiting().map((mark) => (sending.has(mark.id) ? { ...mark, sent: true } : mark)));
  }
  sending = new Set();
  show();
  if (!waiting().length || stopped) return;
  timer = setTimeout(flush, failures ? Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (failures - 1)) : 0);
}

function start() {
  for (const row of roll.querySelectorAll("li[data-sign-up]")) {
    const { state } = row.dataset;
    const handed = row.querySelector(".handed"); // with whom the child went home, as the server wrote it
    const known = { row, state, handed, time: "", loaded: state, waited: waitsForPickUp(row) };
    rows.set(Number(row.dataset.signUp), { ...known, shown: state === "present" ? `${state} ` : state });
  }
  const shown = (selector) => Number(document.querySelector(selector)?.textContent.match(/\d+/)?.[0] ?? 0);
  for (const kind of Object.keys(first)) first[kind] = shown(counted(kind, kind));
  const tapped = new WeakMap();
  const takeTap = (event, verb) => {
    const row = event.target.closest("li[data-sign-up]");
    event.preventDefault();
    if (event.timeStamp - (tapped.get(row) ?? -DOUBLE_TAP) < DOUBLE_TAP) return; // the second half of a double tap
    tapped.set(row, event.timeStamp);
    tap(Number(row.dataset.signUp), verb);
  };
  roll.addEventListener("submit", (event) => {
    if (event.target.dataset.verb) takeTap(event, event.target.dataset.verb);
  });
  roll.addEventListener("click", (event) => {
    const button = event.target.closest("button[type=button][data-verb]");
    if (button) takeTap(event, button.dataset.verb);
  });
  roll.addEventListener("scanned", (event) => tap(event.detail, "present")); // by js/scan.js
  addEventListener("online", flush);
  addEventListener("offline", show);
  addEventListener("beforeunload", (event) => {
    if (unstored?.length) event.preventDefault();
  });
  keep(waiting());
  show();
  flush();
}

if (roll) start();
