// The payment page's own script. All that can be is the server's, and so are all words.
(() => {
  const byId = (id) => document.getElementById(id);
  const on = (names, act) => names.split(" ").forEach((name) => document.addEventListener("htmx:" + name, act));
  const status = () => byId("payment-status");
  const inFlight = () => status().matches("[data-in-flight]");
  const refresh = () => htmx.trigger(status(), "refresh");
  const announcer = byId("announcer");
  const say = (text) => { announcer.textContent = text; };

  // What was pressed, or has come about by itself, and has had no answer yet. An answer to what was asked before would undo
  // what is shown.
  let pressed = "", presses = 0, asked = Date.now() - performance.now();
  const press = (name) => {
    const words = byId(name + "-sent");
    htmx.trigger(status(), "htmx:abort");
    pressed = name;
    presses++;
    status().dataset.money = "checking";
    byId("told").replaceChildren(words.content.cloneNode(true));
    for (const button of document.querySelectorAll("#payment-actions button")) button.disabled = true;
    say(words.dataset.news);
  };
  on("beforeRequest", (event) => {
    const { elt, requestConfig, xhr } = event.detail;
    if (requestConfig.verb === "post") press(elt.id.split("-")[0]);
    else if (document.hidden || document.querySelector("form.htmx-request")) event.preventDefault();
    xhr.presses = presses;
    asked = Date.now();
  });
  on("configRequest", (event) => {
    const { verb, parameters } = event.detail;
    if (pressed && verb === "get") Object.assign(parameters, { pressed, attempts: status().dataset.attempts });
  });
  on("beforeOnLoad", (event) => {
    if (event.detail.xhr.getResponseHeader("HX-Redirect")) pressed = ""; // nobody is to be asked whether to leave
  });

  // Hidden is also a mere switch of tabs; only pagehide means leaving.
  addEventListener("beforeunload", (event) => {
    if (inFlight() || pressed === "pay") event.preventDefault();
  });
  addEventListener("pagehide", () => {
    // A beacon sets no headers: the token is in its body.
    if (inFlight()) navigator.sendBeacon(status().dataset.left, new FormData(byId("pay-form")));
  });

  // Back from memory, from another tab, from a pocket: what is shown may be long past.
  addEventListener("pageshow", (event) => event.persisted && refresh());
  document.addEventListener("visibilitychange", () => document.hidden || refresh());

  // A page in a final state misses nothing.
  const connection = byId("connection");
  const lost = () => {
    const words = connection.dataset[status().dataset.money];
    if (!status().matches("[hx-get]") || connection.textContent === words) return;
    connection.hidden = false;
    say(connection.textContent = words);
  };
  addEventListener("offline", lost);
  addEventListener("online", refresh);
  on("sendError timeout responseError", lost);
  on("afterOnLoad", (event) => {
    const { xhr } = event.detail;
    if (connection.hidden || xhr.status >= 400) return;
    connection.hidden = true;
    connection.textContent = "";
    say(connection.dataset.back + (xhr.status === 200 ? " " + announcer.textContent : ""));
  });

  // Who pressed a button that a swap takes away is led to the news.
  let wasLed;
  const swap = ({ detail }) => {
    if (detail.xhr.presses !== presses) detail.shouldSwap = false;
    else if (detail.shouldSwap) pressed = "";
    wasLed = detail.requestConfig.verb === "post" || document.activeElement !== document.body;
  };
  on("afterSettle", () => {
    if (wasLed && document.activeElement === document.body) byId("payment-heading").focus();
  });

  // Counted from the server's own number: the clock of this device may be wrong.
  const keepTime = () => {
    if (pressed) refresh();
    const time = document.querySelector("[data-seconds-left]");
    if (!time) return;
    time.ends ??= Date.now() + time.dataset.secondsLeft * 1000;
    const left = (time.ends - Date.now()) / 1000;
    time.querySelector(".minutes-left").textContent = Math.max(1, Math.ceil(left / 60));
    const warning = time.querySelector(".time-warning");
    if (warning.hidden && left <= time.dataset.warn) {
      warning.hidden = false;
      say(warning.textContent);
    }
  };
  // Is there news? In few bytes, and while somebody looks.
  let asking;
  const ask = () => {
    if (document.hidden || status().matches(".htmx-request")) return;
    fetch(status().getAttribute("hx-get"), {
      method: "HEAD", credentials: "omit", referrerPolicy: "no-referrer", signal: AbortSignal.timeout(8000),
    }).then((answer) => answer.status === 204 && connection.hidden || refresh(), refresh);
  };
  // The time to pay is over, or a retry begins: counted from when that was asked.
  const keepWatch = () => {
    const card = status();
    card.addEventListener("htmx:beforeSwap", swap); // what a swap takes away is mute
    const { turnsInto, turnsIn, every } = card.dataset;
    clearInterval(asking);
    if (every) asking = setInterval(ask, every);
    if (turnsInto) setTimeout(() => {
      if (card !== status() || pressed) return;
      press(turnsInto);
      refresh();
    }, asked + turnsIn * 1000 - Date.now());
    keepTime();
  };
  keepWatch();
  setInterval(keepTime, 1000);
  on("afterSwap", keepWatch);
})();
