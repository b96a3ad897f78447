// Reads the page to a person who finds letters hard. Where the device has no voice the button stays hidden.
const button = document.getElementById("read-aloud");
const main = document.getElementById("main");
if (button && main && "speechSynthesis" in window) {
  const words = [button.textContent, button.dataset.otherwise];
  const reads = (is) => {
    button.textContent = words[is ? 1 : 0];
  };
  const stop = () => {
    speechSynthesis.cancel();
    reads(false);
  };
  const start = () => {
    const said = new SpeechSynthesisUtterance(main.innerText);
    said.lang = document.documentElement.lang;
    said.rate = 0.9;
    said.addEventListener("end", () => reads(false));
    said.addEventListener("error", () => reads(false));
    reads(true);
    speechSynthesis.speak(said);
  };
  button.hidden = false;
  button.addEventListener("click", () => (speechSynthesis.speaking ? stop() : start()));
  addEventListener("pagehide", stop);
}
