// The bank's page: tells Stripe's library in the shop's page what the shopper answered.
for (const button of document.querySelectorAll("button")) {
  button.addEventListener("click", () => {
    parent.postMessage({ isConfirmed: button.matches("[data-confirmed]") }, "*");
  });
}
