// The list's own camera: reads tickets one after the other, without leaving the page. Nothing is recorded or kept.

const [LOOK_EVERY, SAME_FOR] = [250, 8_000];
const box = document.querySelector(".scan[data-scan]");
const roll = document.querySelector("ul.roll[data-upload]");
const [button, video, said, choices] = ["button", "video", "[role=status]", ".scan-choices"].map((part) =>
  box?.querySelector(part),
);
let stream = null;
let timer = 0;
let last = { text: "", at: 0 };

function say(words) {
  said.textContent = words;
  choices.replaceChildren();
}

const saying = (which, name) => box.dataset[which].replace("{name}", name);

function checkIn(child) {
  roll.dispatchEvent(new CustomEvent("scanned", { detail: child.sign_up }));
  say(saying("in", child.name));
}

function choose(children) {
  say(box.dataset.which);
  for (const child of children) {
    const one = document.createElement("button");
    one.type = "button";
    one.className = "btn btn-primary btn-wide";
    one.textContent = child.name;
    one.addEventListener("click", () => {
      const others = [...choices.children].filter((other) => other !== one);
      checkIn(child);
      choices.replaceChildren(...others); // a brother or sister may be here as well
    });
    choices.append(one);
  }
}

function show({ words, children }) {
  const fresh = children.filter((child) => !child.state);
  if (!children.length) say(words);
  else if (!fresh.length) say(children.map((child) => saying("known", child.name)).join(" "));
  else if (children.length === 1) checkIn(fresh[0]);
  else choose(fresh);
}

async function read(text) {
  const code = /\/door\/([^/?#]+)\/$/.exec(text)?.[1];
  if (!code) return say(box.dataset.foreign);
  const body = new FormData();
  body.append("csrfmiddlewaretoken", box.querySelector("[name=csrfmiddlewaretoken]").value);
  body.append("code", decodeURIComponent(code));
  try {
    const answer = await fetch(box.dataset.scan, { method: "POST", body, redirect: "manual" });
    if (answer.ok || answer.status === 422) show(await answer.json());
    else say(document.querySelector(".roll-queue [role=status]").dataset.stopped);
  } catch {
    say(box.dataset.offline);
    last = { text: "", at: 0 };
  }
}

async function look(detector) {
  if (!stream) return;
  try {
    const [found] = document.hidden ? [] : await detector.detect(video);
    const text = found?.rawValue;
    if (text && (text !== last.text || Date.now() - last.at > SAME_FOR)) {
      last = { text, at: Date.now() };
      await read(text);
    }
  } catch {
    // a picture that cannot be read yet; the next one will be
  }
  timer = setTimeout(look, LOOK_EVERY, detector);
}

function turn(isOn) {
  const words = button.querySelector("span");
  [words.textContent, words.dataset.on] = [words.dataset.on, words.textContent];
  button.setAttribute("aria-pressed", String(isOn));
  video.hidden = !isOn;
}

function stop() {
  if (!stream) return;
  clearTimeout(timer);
  for (const track of stream.getTracks()) track.stop();
  stream = video.srcObject = null;
  turn(false);
}

async function open() {
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" }, audio: false });
    video.srcObject = stream;
    turn(true);
    await video.play();
  } catch {
    stop();
    say(box.dataset.dark);
    return;
  }
  say("");
  look(new BarcodeDetector({ formats: ["qr_code"] }));
}

async function canRead() {
  if (!box || !roll || !("BarcodeDetector" in window) || !navigator.mediaDevices?.getUserMedia) return false;
  return (await BarcodeDetector.getSupportedFormats()).includes("qr_code");
}

if (await canRead()) {
  box.hidden = false;
  button.addEventListener("click", () => (stream ? stop() : open()));
  addEventListener("pagehide", stop);
}
