// Stands in for Stripe's browser library: what static/stripe.js asks of it, over the API of the Stripe server that tests run against.
// As with the real one, what is typed is in a frame of Stripe's own: moved or taken away, it is lost.
(() => {
  const API = "https://api.stripe.com/v1";
  const HOME = "https://js.stripe.com/double";

  class IntegrationError extends Error {}

  const frameOf = (page, title, height) => {
    const frame = document.createElement("iframe");
    frame.src = `${HOME}/${page}`;
    frame.title = title;
    Object.assign(frame.style, { width: "100%", height, border: "0", display: "block" });
    return frame;
  };

  // One question to a frame, and its one answer.
  const ask = (frame, question) =>
    new Promise((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = ({ data }) => resolve(data);
      frame.contentWindow.postMessage(question, HOME, [port2]);
    });

  const post = async (path, fields) => {
    const answer = await fetch(API + path, { method: "POST", body: new URLSearchParams(fields) });
    return answer.json();
  };

  class PaymentElement {
    constructor(elements) {
      this.elements = elements;
      this.heard = {};
    }

    on(name, act) {
      this.heard[name] = act;
    }

    mount(node) {
      if (node.childNodes.length) throw new IntegrationError("The node to mount to has children.");
      this.frame = frameOf("element.html", "Secure payment input frame", "22rem");
      this.frame.addEventListener("load", async () => {
        await ask(this.frame, { show: this.elements.options.appearance });
        this.heard.ready?.();
      });
      node.append(this.frame);
    }
  }

  class Elements {
    constructor(options) {
      if (options.mode !== "payment" || !Number.isInteger(options.amount) || !/^[a-z]{3}$/.test(options.currency)) {
        throw new IntegrationError("Invalid value for elements()");
      }
      this.options = options;
    }

    create(type) {
      if (type !== "payment" || this.element) throw new IntegrationError("Can only create one Element of type payment.");
      this.element = new PaymentElement(this);
      return this.element;
    }

    update(options) {
      Object.assign(this.options, options);
      if (options.appearance && this.element?.frame) ask(this.element.frame, { show: options.appearance });
    }

    async submit() {
      const { error } = await ask(this.element.frame, { check: true });
      this.isSubmitted = !error;
      return { error };
    }
  }

  window.Stripe = (key) => {
    if (!/^pk_/.test(key)) throw new IntegrationError("Please call Stripe() with your publishable key.");
    return {
      elements: (options) => new Elements(options),

      async createConfirmationToken({ elements, params }) {
        if (!elements.isSubmitted) throw new IntegrationError("elements.submit() must be called before.");
        elements.isSubmitted = false;
        const usage = elements.options.setupFutureUsage;
        const more = { key, return_url: params.return_url, ...(usage && { setup_future_usage: usage }) };
        return ask(elements.element.frame, { tokenise: more });
      },

      async handleNextAction({ clientSecret }) {
        const path = `/payment_intents/${clientSecret.split("_secret_")[0]}`;
        const intent = await (await fetch(`${API}${path}?${new URLSearchParams({ key, client_secret: clientSecret })}`)).json();
        if (intent.status !== "requires_action") throw new IntegrationError("There is no next action.");
        const frame = frameOf("bank.html", "Your bank", "100%");
        Object.assign(frame.style, { position: "fixed", inset: "0", zIndex: "9", background: "rgb(0 0 0 / 40%)" });
        document.body.append(frame);
        const isConfirmed = await new Promise((resolve) => {
          addEventListener("message", function hear({ source, data }) {
            if (source !== frame.contentWindow) return;
            removeEventListener("message", hear);
            resolve(data.isConfirmed);
          });
        });
        const answer = await post(`${path}/_authenticate`, { key, client_secret: clientSecret, success: isConfirmed });
        frame.remove();
        return isConfirmed && !answer.error ? { paymentIntent: answer } : { error: answer.error ?? answer.last_payment_error };
      },
    };
  };
})();
