// What every page does by itself: copy words, hand over a file.
(() => {
  "use strict";

  // Pages served over plain http have no clipboard interface except on this very machine.
  async function put(text) {
    if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
    const area = document.createElement("textarea");
    area.value = text;
    area.style.position = "fixed";
    area.style.opacity = "0";
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    if (!done) throw new Error("copy refused");
  }

  async function copy(button) {
    const said = button.parentElement.querySelector(".hc-copied");
    try {
      await put(button.dataset.copy);
      said.textContent = button.dataset.done;
    } catch {
      said.textContent = button.dataset.refused;
    }
    setTimeout(() => { said.textContent = ""; }, 2500);
  }

  function save(name, blob) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  function download(json) {
    const file = JSON.parse(json);
    const bytes = Uint8Array.from(atob(file.base64), (letter) => letter.charCodeAt(0));
    save(file.name, new Blob([bytes], { type: file.type }));
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.(".hc-copy");
    if (button) copy(button);
  }, true);

  window.hangce = { copy, download, save };
})();
