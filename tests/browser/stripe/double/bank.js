// The bank's page: tells Stripe's library in the shop's page what the shopper answered.
// A button is there to be pressed once somebody hears it: a press before that would be lost.
for (const button of document.querySelectorAll("button")) {
  button.addEventListener("click", () => {
    parent.postMessage({ isConfirmed: button.matches("[data-confirmed]") }, "*");
  });
  button.hidden = false;
}
