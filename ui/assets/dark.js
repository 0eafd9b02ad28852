// Light or dark as the browser is, under the same name as the chat's own styles.
(() => {
  "use strict";
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const turn = () => document.documentElement.classList.toggle("dark", dark.matches);
  turn();
  dark.addEventListener("change", turn);
})();
