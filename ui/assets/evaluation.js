// The evaluation: how far a run is, more rows in the table, no change lost by leaving, fields that belong together.
(() => {
  "use strict";

  // --- how far the run is ---
  const running = document.querySelector("[data-progress]");
  if (running) {
    const bar = running.querySelector("progress");
    const said = running.querySelector("p");
    const EVERY = 1500; // ms

    // What the end of the run has changed, and nothing that is just being filled in.
    async function end() {
      const response = await fetch(location.pathname);
      const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
      if (!response.ok || fresh.querySelector("[data-progress]")) {
        location.reload();
        return;
      }
      for (const id of ["progress", "runs", "compare"]) document.getElementById(id).replaceWith(fresh.getElementById(id));
      document.querySelector("#new-run .hc-primary").disabled = false;
    }

    async function look() {
      try {
        const response = await fetch(running.dataset.progress);
        if (response.status === 401) location.reload();
        if (response.ok) {
          const now = await response.json();
          if (!now.going) {
            await end();
            return;
          }
          bar.max = now.total || 1;
          bar.value = now.done;
          if (said.textContent !== now.words) said.textContent = now.words;
        }
      } catch { /* the server may be back at the next look */ }
      setTimeout(look, EVERY);
    }
    setTimeout(look, EVERY);
  }

  // --- the table ---
  const MOST = 45; // rows of a page that the server takes
  const lines = document.getElementById("lines");
  const add = document.getElementById("add-line");
  if (lines && add) {
    const blank = document.getElementById("blank");
    let next = lines.rows.length;
    add.hidden = false;
    add.addEventListener("click", () => {
      const row = blank.content.firstElementChild.cloneNode(true);
      for (const field of row.querySelectorAll("[name]")) {
        field.name = field.name.replace(/^N\./, `${next}.`);
        if (field.id) field.id = field.name;
      }
      next += 1;
      lines.append(row);
      row.querySelector("input:not([type=hidden], [type=checkbox])").focus();
      add.hidden = lines.rows.length >= MOST;
    });
  }

  const guarded = document.querySelector("form[data-guard]");
  if (guarded) {
    let changed = Boolean(document.querySelector(".hc-problem"));
    guarded.addEventListener("input", () => { changed = true; });
    guarded.addEventListener("submit", () => { changed = false; });
    window.addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });
  }

  // --- a question: what is to be declined has a reason, and no clause ---
  const curate = document.getElementById("curate");
  if (curate) {
    const status = document.getElementById("status");
    const show = () => {
      const declined = !["", "answered", "partial"].includes(status.value);
      document.getElementById("of-cause").hidden = !declined && !document.getElementById("cause").value;
      document.getElementById("of-gold").classList.toggle("hc-faded", declined);
    };
    status.addEventListener("input", show);
    show();
  }
})();
