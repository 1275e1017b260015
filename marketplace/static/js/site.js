// Improvements only: every page works without this file.

// A form is sent once, however often its button is clicked.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  for (const button of form.querySelectorAll("button:not([name])")) {
    button.setAttribute("aria-disabled", "true");
  }
});

// Coming back with the browser's "back" makes forms usable again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("button[aria-disabled]")) button.removeAttribute("aria-disabled");
  }
});

// Menus close with Escape and when attention goes elsewhere.
for (const menu of document.querySelectorAll("details.acting")) {
  const close = () => {
    menu.open = false;
  };
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    close();
    menu.querySelector("summary").focus();
  });
  document.addEventListener("click", (event) => {
    if (!menu.contains(event.target)) close();
  });
}

// "Undo" stays for its time, then the row settles: <… data-undo-seconds="10">.
for (const undo of document.querySelectorAll("[data-undo-seconds]")) {
  setTimeout(() => undo.remove(), 1000 * Number(undo.dataset.undoSeconds));
}

// A picture that ages is drawn anew while somebody looks at it: <img data-redrawn-seconds="20">.
for (let image of document.querySelectorAll("img[data-redrawn-seconds]")) {
  const address = image.src;
  const draw = () => {
    if (document.hidden) return;
    const fresh = image.cloneNode();
    fresh.addEventListener("load", () => {
      image.replaceWith(fresh);
      image = fresh;
    });
    fresh.src = `${address}?${Date.now()}`;
  };
  setInterval(draw, 1000 * Number(image.dataset.redrawnSeconds));
  document.addEventListener("visibilitychange", draw);
}

// Choosing a town or street brings its communities, as its button does; only the town travels, not what was typed.
document.addEventListener("change", async (event) => {
  const town = event.target.closest(".area select[name$=township]");
  if (!town) return;
  const asked = town.value;
  const area = town.closest(".area");
  const body = new FormData();
  body.append("csrfmiddlewaretoken", town.form.elements.csrfmiddlewaretoken.value);
  body.append(town.name, asked);
  body.append("show", "communities");
  let page;
  try {
    const answer = await fetch(location.href, { method: "POST", body });
    if (!answer.ok) return;
    page = new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    return; // no network: the button is still there
  }
  if (town.value !== asked) return;
  const fresh = page.querySelector(".area select[name$=community]")?.closest(".field");
  area.querySelector("select[name$=community]")?.closest(".field").remove();
  if (fresh) town.closest(".field").after(fresh);
  area.querySelector("button[name=show]").hidden = Boolean(fresh);
});

// Until sign-up opens: count down by the server's clock, then load the page anew, within two seconds so that not all
// phones ask at once: <… data-now="…" data-opens-at="…"> in seconds. A phone that slept has lost count and asks again.
for (const timer of document.querySelectorAll("[data-opens-at]")) {
  const begun = performance.now();
  const length = Number(timer.dataset.opensAt) - Number(timer.dataset.now);
  const write = (part, number) => {
    timer.querySelector(`[data-part=${part}]`).textContent = String(number).padStart(part === "days" ? 1 : 2, "0");
  };
  const show = () => {
    const left = Math.max(0, Math.ceil(length - (performance.now() - begun) / 1000));
    write("days", Math.floor(left / 86400));
    write("hours", Math.floor(left / 3600) % 24);
    write("minutes", Math.floor(left / 60) % 60);
    write("seconds", left % 60);
    timer.querySelector("[data-part=days-shown]").hidden = left < 86400;
    if (left > 0) return;
    clearInterval(ticking);
    setTimeout(() => location.reload(), 2000 * Math.random());
  };
  const ticking = setInterval(show, 500);
  show();
  timer.hidden = false;
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) location.reload();
  });
}
