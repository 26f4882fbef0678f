// Starts the terminal once its letters are there, else its rows are counted by those of another font and the last
// ones are cut off; and has keys go to it, which they would do only after a click.

const begin = window.onload;

window.onload = async (event) => {
  const letters = ["", "bold "].map((weight) => document.fonts.load(`${weight}15px "Roboto Mono"`));
  await Promise.allSettled(letters);
  new MutationObserver(turnTo).observe(document.body, { attributeFilter: ["class"] });
  begin(event);
};

function turnTo(changes, observer) {
  observer.disconnect(); // it is connected, before that it could not tell that it is looked at
  document.querySelector(".xterm-helper-textarea").focus();
}
