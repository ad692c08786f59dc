// The admin's live pages: says when the connection is gone, so that nobody takes an old number for a new one.
(() => {
  const banner = document.getElementById("connection");
  const show = () => { banner.hidden = false; };
  addEventListener("offline", show);
  addEventListener("online", () => { banner.hidden = true; });
  for (const trouble of ["htmx:sendError", "htmx:timeout"]) document.addEventListener(trouble, show);
  document.addEventListener("htmx:afterOnLoad", (event) => { banner.hidden = event.detail.xhr.status < 400; });
})();
