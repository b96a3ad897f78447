// Prints the page. Without this the button stays hidden, and the browser's own menu prints it as well.
const button = document.getElementById("print");
if (button) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
