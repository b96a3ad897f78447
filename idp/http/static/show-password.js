// Lets a person see the password while typing it. Without this the button stays hidden and nothing else changes.
const button = document.querySelector("[data-shows]");
const field = button && document.getElementById(button.dataset.shows);
if (field) {
  const words = [button.textContent, button.dataset.otherwise];
  const show = (visible) => {
    field.type = visible ? "text" : "password";
    button.textContent = words[visible ? 1 : 0];
  };
  button.hidden = false;
  button.addEventListener("click", () => show(field.type === "password"));
  // A field sent as plain text would be offered by the browser to whoever comes next.
  field.form.addEventListener("submit", () => show(false));
}
