// Stripe's part of the payment page: its form, mounted once and outside of all that is swapped; a token made of what was typed,
// which is all that the shop is sent; and the bank's question, answered in the page.
(() => {
  const byId = (id) => document.getElementById(id);
  const form = byId("pay-form");
  const typed = byId("typed-method");
  const { keep } = form.elements;
  const problem = byId("card-problem");
  const { script, key, amount, currency, returnUrl } = byId("card-form").dataset;
  const dark = matchMedia("(prefers-color-scheme: dark)");

  // In milliseconds. A network that needs longer for a small script is as good as none.
  const LOAD_LIMIT = 10_000;
  // Where the money is, the status alone says.
  const NOT_LOADED = "The payment service's form could not be loaded."
    + " Please check your connection, and whether something in your browser blocks it; then reload this page.";
  const BROKEN = "The payment service's form does not work at the moment. Please reload this page and try again.";
  const NOTHING_SENT = " No payment was begun.";

  let stripe, elements, isMounted, isBusy, isAsking;
  // The number of the attempt that was begun in this tab: only here is the shopper led to the bank without another press.
  let begun;

  const isChoosing = () => byId("payment-status").matches("[data-choosing]");
  const attempts = () => Number(byId("payment-status").dataset.attempts);
  const tell = (text) => {
    problem.hidden = !text;
    problem.textContent = text;
  };
  // It has come, or it will not.
  const endWait = (text) => {
    byId("card-form-loading").hidden = true;
    tell(text);
  };
  const complain = (text) => {
    tell(text);
    problem.focus();
  };

  // The form.
  const appearance = () => {
    const styles = getComputedStyle(document.documentElement);
    const of = (name) => styles.getPropertyValue(name).trim();
    return {
      theme: dark.matches ? "night" : "stripe",
      variables: {
        colorPrimary: of("--accent"),
        colorBackground: of("--surface"),
        colorText: of("--ink"),
        colorTextSecondary: of("--ink-soft"),
        colorTextPlaceholder: of("--ink-soft"),
        colorDanger: of("--bad"),
        borderRadius: of("--round"),
        fontFamily: of("--sans"),
      },
      rules: { ".Input": { borderColor: of("--line-strong") } },
    };
  };
  const mount = () => {
    // Where nothing can be chosen it would be hidden, and not know its size.
    if (isMounted || !elements || !isChoosing()) return;
    isMounted = true;
    const element = elements.create("payment");
    element.on("ready", () => endWait(""));
    element.on("loaderror", () => endWait(NOT_LOADED));
    element.mount(byId("card-form-here"));
  };
  const sayWhetherKept = () => {
    if (keep) elements.update({ setupFutureUsage: keep.checked ? "on_session" : null });
  };
  const begin = () => {
    try {
      stripe = Stripe(key, { locale: document.documentElement.lang });
      elements = stripe.elements({ mode: "payment", amount: Number(amount), currency, appearance: appearance() });
      dark.addEventListener("change", () => elements.update({ appearance: appearance() }));
      keep?.addEventListener("change", sayWhetherKept);
      sayWhetherKept();
      mount();
    } catch {
      endWait(BROKEN);
    }
  };
  // Asked for from here, so that neither the page nor its polls wait for another host.
  const load = () => {
    const element = document.createElement("script");
    const late = setTimeout(tell, LOAD_LIMIT, NOT_LOADED);
    element.addEventListener("load", () => {
      clearTimeout(late);
      tell("");
      begin();
    });
    element.addEventListener("error", () => {
      clearTimeout(late);
      endWait(NOT_LOADED);
    });
    element.src = script;
    document.head.append(element);
  };

  // Pay: what was typed becomes a token, and the form goes its ordinary way with it.
  const token = async () => {
    const { error } = await elements.submit();
    if (error) throw error;
    const made = await stripe.createConfirmationToken({ elements, params: { return_url: returnUrl } });
    if (made.error) throw made.error;
    return made.confirmationToken.id;
  };
  const setBusy = (busy) => {
    isBusy = busy;
    form.setAttribute("aria-busy", busy);
    for (const button of form.querySelectorAll(".button-primary")) button.disabled = busy;
  };
  const payTyped = async (send) => {
    setBusy(true);
    try {
      typed.value = await token();
      tell("");
      begun = attempts() + 1;
      setBusy(false); // before it is sent: from then on Pay is locked by the page itself
      send(true);
    } catch (error) {
      setBusy(false);
      // Stripe's own errors are no Error, and are written for shoppers.
      complain((error instanceof Error || !error.message ? BROKEN : error.message) + NOTHING_SENT);
    } finally {
      typed.value = "";
    }
  };
  document.addEventListener("htmx:confirm", (event) => {
    if (event.target !== form) return;
    if (typed.type === "radio" && !typed.checked) {
      begun = attempts() + 1;
      return;
    }
    event.preventDefault();
    if (!isMounted) complain(NOT_LOADED + NOTHING_SENT);
    else if (!isBusy) payTyped(event.detail.issueRequest);
  });

  // The bank's question. However it is answered, it is the gateway that is asked what came of it.
  const confirm = async (clientSecret) => {
    begun = undefined;
    if (!stripe) complain(NOT_LOADED);
    if (!stripe || isAsking) return;
    isAsking = true;
    try {
      await stripe.handleNextAction({ clientSecret });
    } catch {
      // There is nothing to confirm any more: the answer below shows it.
    }
    isAsking = false;
    byId("look-form").requestSubmit();
  };
  document.addEventListener("click", (event) => {
    if (event.target.id === "confirm") confirm(event.target.dataset.secret);
  });
  document.addEventListener("htmx:afterSettle", () => {
    mount();
    const button = byId("confirm");
    if (button && attempts() === begun) confirm(button.dataset.secret);
  });

  load();
})();
