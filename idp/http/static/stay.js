// Warns before an unused session ends. Without this the next click leads to the sign-in and back to the page.
const warning = document.querySelector("[data-stay]");
if (warning) {
  const BEFORE = 120; // seconds; at least 60 (WCAG 2.2.1: twenty are too few for who reads slowly)
  const address = warning.dataset.stay;
  const button = warning.querySelector("button");
  const says = (name) => {
    for (const each of warning.querySelectorAll("[data-says]")) each.hidden = each.dataset.says !== name;
    button.hidden = name !== "ends";
  };
  let waiting;
  let token;
  const hear = async (answer) => {
    if (answer.status === 401) {
      // What is on the screen is not for who sits there next. Who was not signed in to begin with stays where they are.
      if (token) location.replace(location.pathname + location.search);
      return;
    }
    if (!answer.ok) return;
    const told = await answer.json();
    if (!Number.isFinite(told.seconds)) return;
    token = told.csrf;
    const isNear = told.seconds <= BEFORE;
    warning.hidden = !isNear;
    if (isNear) says(told.may_stay ? "ends" : "over");
    clearTimeout(waiting);
    waiting = setTimeout(ask, Math.min(2 ** 31 - 1, 1000 * Math.max(1, isNear ? told.seconds + 1 : told.seconds - BEFORE)));
  };
  const ask = () => fetch(address).then(hear, () => {});
  button.addEventListener("click", () => {
    fetch(address, { method: "POST", body: new URLSearchParams({ csrf: token }) }).then(hear, () => {});
    document.querySelector("h1")?.closest("main")?.querySelector("a, button, input")?.focus();
  });
  ask();
}
