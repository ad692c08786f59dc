// The payment page's own script: warns before leaving while an attempt is in flight, tells of a closed tab, shows that the
// connection is gone, and keeps the time. Everything else is forms, htmx and the server.
(() => {
  const status = () => document.getElementById("payment-status");
  const inFlight = () => status()?.hasAttribute("data-in-flight");
  const banner = document.getElementById("connection");
  const refresh = () => status() && window.htmx && htmx.trigger(status(), "refresh");
  let leavingForGood = false;

  addEventListener("beforeunload", (event) => {
    if (inFlight()) event.preventDefault();
  });

  // Hidden is also a mere switch of tabs; only pagehide means leaving. A beacon sets no headers: the token is in its body.
  addEventListener("pagehide", () => {
    if (!inFlight() || leavingForGood) return;
    leavingForGood = true;
    const token = document.querySelector("[name=csrf_token]");
    navigator.sendBeacon(status().dataset.left, new URLSearchParams({ csrf_token: token ? token.value : "" }));
  });

  // Back from the browser's memory: what it shows may be long past.
  addEventListener("pageshow", (event) => {
    leavingForGood = false;
    if (event.persisted) refresh();
  });

  const offline = () => { banner.hidden = false; };
  const online = () => { banner.hidden = true; };
  addEventListener("offline", offline);
  addEventListener("online", refresh);
  for (const trouble of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
    document.addEventListener(trouble, offline);
  }
  document.addEventListener("htmx:afterOnLoad", online);
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.status < 400) online();
    else if (event.detail.xhr.status === 400) location.reload(); // the form's token is out of date: a fresh page has a new one
  });

  // Counted from the server's own number: the clock of this device may be wrong.
  const keepTime = () => {
    const time = document.querySelector("[data-seconds-left]");
    if (!time) return;
    time.ends ??= Date.now() + time.dataset.secondsLeft * 1000;
    const left = (time.ends - Date.now()) / 1000;
    const shown = time.querySelector("time");
    shown.textContent = new Date(shown.dateTime).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    time.querySelector(".time-warning").hidden = left > time.dataset.warn;
    time.querySelector(".minutes-left").textContent = Math.max(1, Math.ceil(left / 60));
    if (left <= 0 && left > -1.5) refresh();
  };
  keepTime();
  setInterval(keepTime, 1000);
  document.addEventListener("htmx:load", keepTime);
})();
