// Handing documents in: how much has arrived, and what the server is doing, without reloading. Works without it too.
(() => {
  "use strict";
  const form = document.getElementById("upload");
  const state = document.getElementById("state");
  const told = document.getElementById("told");
  const [soon, later] = [700, 4000]; // ms
  let failures = 0;

  function tell(words) {
    told.textContent = "";
    if (!words) return;
    const p = document.createElement("p");
    p.className = "hc-problem";
    p.setAttribute("role", "alert");
    p.textContent = words;
    told.append(p);
    p.scrollIntoView({ block: "nearest" });
  }

  const busy = () => Boolean(document.getElementById("now").dataset.busy);

  // The lists below the form, and with them what is ticked, are only drawn again when something is done.
  async function renew() {
    const response = await fetch(location.pathname, { headers: { Accept: "text/html" } });
    if (!response.ok) return;
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
    for (const id of ["state", "live"]) document.getElementById(id).innerHTML = fresh.getElementById(id).innerHTML;
    if (busy()) setTimeout(look, soon);
  }

  async function look() {
    try {
      const response = await fetch(state.dataset.at);
      if (response.status === 401) location.reload();
      if (!response.ok) throw new Error(response.statusText);
      const before = state.innerHTML;
      const now = await response.text();
      failures = 0;
      if (now.trim() !== before.trim()) state.innerHTML = now;
      if (busy()) setTimeout(look, soon);
      else await renew();
    } catch {
      failures += 1; // the server may be starting again
      if (failures < 30) setTimeout(look, later);
    }
  }

  function send(event) {
    const files = [...document.getElementById("files").files];
    const size = files.reduce((sum, file) => sum + file.size, 0);
    tell("");
    event.preventDefault();
    if (size > form.dataset.most * 2 ** 20) {
      const largest = files.reduce((a, b) => (b.size > a.size ? b : a));
      tell(form.dataset.tooLarge.replace("%s", () => largest.name));
      return;
    }
    const box = document.getElementById("sending");
    const [bar, words] = [box.querySelector("progress"), box.querySelector("span")];
    const button = form.querySelector("button");
    const request = new XMLHttpRequest();
    const over = (problem) => {
      box.hidden = true;
      button.disabled = false;
      if (problem) tell(problem);
    };
    request.upload.addEventListener("progress", (e) => {
      if (!e.lengthComputable) return;
      bar.value = (100 * e.loaded) / e.total;
      words.textContent = `${form.dataset.sending} ${Math.floor(bar.value)} %`;
    });
    request.addEventListener("error", () => over(form.dataset.failed));
    request.addEventListener("load", () => {
      if (request.status < 400) {
        form.reset();
        over("");
        renew();
        return;
      }
      const page = new DOMParser().parseFromString(request.responseText, "text/html");
      let problem = page.querySelector("#told .hc-problem")?.textContent;
      try {
        problem ||= JSON.parse(request.responseText).error.message;
      } catch {
        problem ||= form.dataset.failed;
      }
      over(problem);
    });
    request.open("POST", form.action);
    box.hidden = false;
    button.disabled = true;
    request.send(new FormData(form));
  }

  form?.addEventListener("submit", send);
  if (busy()) setTimeout(look, soon);
})();
