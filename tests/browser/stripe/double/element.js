// Stripe's side of the card form: it alone sees what is typed, and makes a token of it.
const value = (id) => document.getElementById(id).value.replace(/\s/g, "");

const check = () => {
  if (value("kind") !== "card") return {};
  const wrong = (code, message) => ({ error: { type: "validation_error", code, message } });
  if (value("number").length < 16) return wrong("incomplete_number", "Your card number is incomplete.");
  if (!/^\d\d\/\d\d$/.test(value("expiry"))) return wrong("incomplete_expiry", "Your card's expiration date is incomplete.");
  if (value("cvc").length < 3) return wrong("incomplete_cvc", "Your card's security code is incomplete.");
  return {};
};

const show = ({ variables, rules }) => {
  Object.assign(document.body.style, { background: variables.colorBackground, color: variables.colorText, fontFamily: variables.fontFamily });
  for (const input of document.querySelectorAll("input, select")) {
    Object.assign(input.style, { borderColor: rules[".Input"].borderColor, borderRadius: variables.borderRadius });
  }
  return {};
};

const tokenise = async (fields) => {
  const body = new URLSearchParams({ ...fields, "payment_method_data[type]": value("kind") });
  const [month, year] = value("expiry").split("/");
  const card = { number: value("number"), exp_month: month, exp_year: `20${year}`, cvc: value("cvc") };
  if (value("kind") === "card") {
    for (const [name, typed] of Object.entries(card)) body.set(`payment_method_data[card][${name}]`, typed);
  }
  try {
    const answer = await (await fetch("https://api.stripe.com/v1/confirmation_tokens", { method: "POST", body })).json();
    return answer.error ? { error: answer.error } : { confirmationToken: answer };
  } catch {
    return { error: { type: "api_connection_error", message: "We are experiencing issues connecting to our payments provider." } };
  }
};

addEventListener("message", async ({ data, ports: [port] }) => {
  if (data.show) port.postMessage(show(data.show));
  else if (data.check) port.postMessage(check());
  else port.postMessage(await tokenise(data.tokenise));
});
