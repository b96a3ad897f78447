// Citizen cards. The PIN goes to the bridge on this machine and nowhere else (docs/contracts/card_bridge.json). Without
// this script the other ways are there, and pages say that this one is not.
for (const each of document.querySelectorAll("[data-card]")) each.hidden = each.dataset.card !== "possible";

const form = document.getElementById("card-form");
if (form) {
  const EVERY = 2000; // milliseconds between two looks at the reader
  const { bridge, question, failed } = form.dataset;
  const pin = document.getElementById("card-pin");
  const trouble = document.getElementById("card-trouble");
  let terminal;
  let isBusy = false;

  const show = (name) => {
    for (const each of document.querySelectorAll("[data-card-state]")) each.hidden = each.dataset.cardState !== name;
  };
  const tell = (name, left) => {
    const known = trouble.querySelector(`[data-card-says="${name}"]`) ? name : "failed";
    for (const each of trouble.querySelectorAll("[data-card-says]")) {
      each.hidden = each.dataset.cardSays !== known;
      if (each.dataset.text) each.textContent = each.dataset.text.replace("#", Number(left));
    }
    trouble.hidden = false;
    pin.setAttribute("aria-invalid", "true");
    pin.focus();
  };
  const calm = () => {
    trouble.hidden = true;
    pin.removeAttribute("aria-invalid");
  };

  const look = async () => {
    const answer = await fetch(`${bridge}/terminal`, { credentials: "omit" });
    const told = await answer.json();
    if (!answer.ok) return "no_bridge";
    terminal = told.terminal;
    if (!told.reader) return "no_reader";
    return told.card ? "ready" : "no_card";
  };
  const watch = async () => {
    if (!isBusy && !document.hidden) show(await look().catch(() => "no_bridge"));
    setTimeout(watch, EVERY);
  };

  const sign = async () => {
    const state = await look();
    if (state !== "ready") return show(state);
    const asked = await fetch(`${question}?terminal=${encodeURIComponent(terminal)}`);
    const wanted = asked.ok ? await asked.json() : {};
    if (!wanted.challenge) return location.assign(failed);
    const body = JSON.stringify({ ...wanted, pin: pin.value });
    pin.value = "";
    const headers = { "Content-Type": "application/json" };
    const answer = await fetch(`${bridge}/signatures`, { method: "POST", credentials: "omit", headers, body });
    const told = await answer.json();
    if (!answer.ok) return tell(told.error, told.tries_left);
    const { certificate, statement, signature } = told;
    const shared = document.querySelector("input[type=checkbox][name=shared]");
    if (shared) form.elements.on_shared_device.value = shared.checked ? "1" : "";
    form.elements.card.value = JSON.stringify({ certificate, statement, signature });
    form.submit();
  };
  const start = () => {
    if (isBusy) return;
    calm();
    if (!/^[0-9]{4,12}$/.test(pin.value)) {
      tell("no_pin");
      return;
    }
    isBusy = true;
    sign()
      .catch(() => show("no_bridge"))
      .finally(() => {
        isBusy = false;
      });
  };

  document.getElementById("card-start").addEventListener("click", start);
  pin.addEventListener("keydown", (event) => {
    if (event.key === "Enter") start();
  });
  watch();
}
