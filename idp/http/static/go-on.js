// Goes on to the app once the frames of the others have loaded, or after a moment. Without this the person presses the button.
const link = document.querySelector("a[data-go-on]");
if (link) {
  const PATIENCE = 3000; // milliseconds: an app that does not answer holds up nobody
  let isGone = false;
  const go = () => {
    if (!isGone) location.replace(link.href);
    isGone = true;
  };
  setTimeout(go, PATIENCE);
  if (document.readyState === "complete") go();
  else addEventListener("load", go); // the page counts as loaded when its frames are
}
