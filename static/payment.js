// The payment page's own script: warns before leaving while an attempt is in flight, tells of a closed tab, shows that the
// connection is gone, keeps the time, and puts the focus where the news is. The rest is forms, htmx and the server.
(() => {
  const byId = (id) => document.getElementById(id);
  const on = (names, act) => names.split(" ").forEach((name) => document.addEventListener("htmx:" + name, act));
  const status = () => byId("payment-status");
  const inFlight = () => status().matches("[data-in-flight]");
  const refresh = () => htmx.trigger(status(), "refresh");
  const say = (text) => { byId("announcer").textContent = text; };

  // Leaving. Hidden is also a mere switch of tabs; only pagehide means leaving.
  addEventListener("beforeunload", (event) => {
    if (inFlight()) event.preventDefault();
  });
  addEventListener("pagehide", () => {
    // A beacon sets no headers: the token is in its body.
    if (inFlight()) navigator.sendBeacon(status().dataset.left, new FormData(byId("cancel-form")));
  });

  // Back from the browser's memory, from another tab, from a phone's pocket: what is shown may be long past.
  addEventListener("pageshow", (event) => event.persisted && refresh());
  document.addEventListener("visibilitychange", () => document.hidden || refresh());

  // The connection. A page in a final state asks nothing and misses nothing.
  const connection = byId("connection");
  const lost = () => {
    if (!connection.hidden || !status().matches("[hx-get]")) return;
    connection.hidden = false;
    say(connection.textContent);
  };
  const found = () => { connection.hidden = true; };
  addEventListener("offline", lost);
  addEventListener("online", () => {
    found();
    refresh();
  });
  on("sendError timeout responseError", (event) => {
    if (event.detail.xhr.status === 400) location.reload(); // the form's token is out of date; a fresh page has a new one
    else lost();
  });
  on("afterOnLoad", (event) => event.detail.xhr.status < 400 && found());

  // While a form is on its way, nothing else is asked: an answer from before it would undo what it shows.
  on("beforeRequest", (event) => {
    if (event.detail.requestConfig.verb === "post") htmx.trigger(status(), "htmx:abort");
    else if (document.querySelector("form.htmx-request")) event.preventDefault();
  });

  // Who pressed a button that a swap takes away is led to the news.
  let wasLed;
  on("beforeSwap", (event) => {
    wasLed = event.detail.requestConfig.verb === "post" || document.activeElement !== document.body;
  });
  on("afterSettle", () => {
    if (wasLed && document.activeElement === document.body) byId("payment-heading").focus();
  });

  // The time, counted from the server's own number: the clock of this device may be wrong.
  const keepTime = () => {
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
    if (left <= 0 && left > -1.5) refresh();
  };
  keepTime();
  setInterval(keepTime, 1000);
  on("afterSwap", keepTime);
})();
