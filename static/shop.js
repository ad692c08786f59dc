// A page may be long past when it is looked at again: out of the browser's memory, or in a tab that stood behind another.
// Nothing depends on this: the checkout asks the server, and so does every page that is opened.
(() => {
  addEventListener("pageshow", (event) => event.persisted && location.reload());

  document.addEventListener("visibilitychange", async () => {
    if (document.hidden) return;
    try {
      const shown = document.getElementById("own-payments");
      const answer = await fetch(shown.dataset.address);
      if (answer.ok) shown.outerHTML = await answer.text();
    } catch {
      // The connection is gone: what is shown stays.
    }
  });
})();
