// The self-check: sends each step with all that is known, which stays in this tab alone.
(() => {
  "use strict";
  const KEY = "hangce-check";
  const root = document.querySelector("#check");
  const [left, result] = ["left", "result"].map((id) => document.getElementById(id));
  const kind = document.getElementById("kind");
  const district = document.getElementById("district");
  const start = { state: null, kind: "", number: 1, stopped: false };
  const NARROW = matchMedia("(max-width: 820px)");
  let queue = Promise.resolve(); // one step after another

  function load() {
    try {
      return { ...start, ...JSON.parse(sessionStorage.getItem(KEY) ?? "{}") };
    } catch {
      return { ...start };
    }
  }

  function keep(known) {
    try {
      sessionStorage.setItem(KEY, JSON.stringify(known));
    } catch { /* a browser that keeps nothing still checks */ }
  }

  let known = load();

  function step(...what) {
    queue = queue.then(() => take(...what));
  }

  async function take(act, more = {}, focus = true) {
    root.setAttribute("aria-busy", "true");
    const body = {
      act, state: known.state, programme: root.dataset.programme || null, kind: known.kind || null,
      number: known.number, stopped: known.stopped, ...more,
    };
    try {
      const response = await fetch(root.dataset.step, {
        method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
      });
      if (!response.ok) throw new Error(String(response.status));
      const after = await response.json();
      known = { ...known, state: after.state, number: after.number, stopped: after.stopped };
      keep(known);
      const wasOpen = left.querySelector("#known")?.open ?? !NARROW.matches;
      left.innerHTML = after.left;
      left.querySelector("#known").open = wasOpen;
      result.innerHTML = after.result;
      if (district) district.value = after.district;
      if (focus) (left.querySelector("[role=alert]") ? left.querySelector("input[name=words]") : left.querySelector("#asking"))?.focus({ preventScroll: true });
    } catch {
      left.insertAdjacentHTML("afterbegin", '<p class="hc-problem" role="alert"></p>');
      left.firstElementChild.textContent = root.dataset.failed;
    } finally {
      root.removeAttribute("aria-busy");
    }
  }

  root.addEventListener("submit", (event) => {
    event.preventDefault();
    const form = event.target;
    const words = (form.elements.words?.value ?? "").trim();
    if (words) step(form.dataset.act, { words, key: form.dataset.key ?? "", fact: form.dataset.fact ?? "" });
  });

  root.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.id === "print") window.print();
    else if (button.id === "save") save();
    else if ("edit" in button.dataset) {
      const form = button.closest("li").querySelector("form");
      form.hidden = !form.hidden;
      button.setAttribute("aria-expanded", String(!form.hidden));
      if (!form.hidden) form.elements.words.focus();
    } else if (button.type === "button" && button.dataset.act) {
      if (button.dataset.act === "over") known = { ...start, kind: known.kind };
      const { act, key = "", words = "", fact = "" } = button.dataset;
      step(act, { key, words, fact });
    }
  });

  kind?.addEventListener("change", () => { known.kind = kind.value; keep(known); step("show", {}, false); });
  district?.addEventListener("change", () => step("show", { district: district.value }, false));

  function save() {
    const parts = [document.querySelector("h1").innerText, left.lastElementChild?.innerText ?? "", result.innerText,
      document.querySelector(".hc-disclaimer").innerText];
    window.hangce.save("hangce.txt", new Blob([parts.join("\n\n") + "\n"], { type: "text/plain;charset=utf-8" }));
  }

  // Details are opened for the printer.
  addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((d) => { d.open = true; }));

  left.querySelector("#known")?.toggleAttribute("open", !NARROW.matches);
  const words = document.getElementById("words");
  if (words) words.name = "words";
  if (kind) kind.value = known.kind;
  step("show", {}, false);
})();
