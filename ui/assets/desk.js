// The hotline's desk: search as one types, choose with the arrow keys, read out, note down.
(() => {
  "use strict";
  const desk = document.getElementById("desk");
  const at = desk.dataset.at;
  const get = (id) => document.getElementById(id);
  const [q, results, detail] = ["q", "results", "detail"].map(get);
  const filters = ["level", "district", "in_force", "document"].map(get);
  let active = -1; // the chosen result
  let shown = ""; // what the detail shows
  let searching = null;
  let fetching = null;
  let timer = 0;
  let later = 0;

  const options = () => [...results.querySelectorAll("[role=option]")];
  const narrow = () => matchMedia("(max-width: 820px)").matches;

  function told(box, words) {
    box.textContent = "";
    const p = document.createElement("p");
    p.className = "hc-card hc-small";
    p.textContent = words;
    box.append(p);
  }

  async function ask(address, init) {
    const response = await fetch(address, init);
    if (response.status === 401) location.assign(`/signin?next=${encodeURIComponent(location.pathname)}`);
    if (!response.ok) {
      const body = await response.json().catch(() => null);
      throw new Error(body?.error?.message || desk.dataset.failed);
    }
    return response.text();
  }

  async function search() {
    searching?.abort();
    const words = q.value.trim();
    const on = filters.filter((f) => f.value).length;
    get("filters-on").textContent = on ? ` (${on})` : "";
    if (!words) {
      active = -1;
      told(results, desk.dataset.empty);
      return;
    }
    searching = new AbortController();
    const query = new URLSearchParams({ q: words });
    filters.forEach((f) => f.value && query.set(f.id, f.value));
    try {
      results.innerHTML = await ask(`${at}/search?${query}`, { signal: searching.signal });
      if (options().length) choose(0, 150);
      else told(results, desk.dataset.nothing);
    } catch (error) {
      if (error.name !== "AbortError") told(results, error.message);
    }
  }

  function choose(number, wait = 60) {
    const all = options();
    if (!all.length) return;
    active = Math.max(0, Math.min(number, all.length - 1));
    all.forEach((option, i) => option.setAttribute("aria-selected", String(i === active)));
    q.setAttribute("aria-activedescendant", all[active].id);
    all[active].scrollIntoView({ block: "nearest" });
    clearTimeout(later);
    if (!narrow() || wait === 0) later = setTimeout(() => open(all[active]), wait);
  }

  async function open(option, focus = false) {
    const { clause, programme } = option.dataset;
    const query = new URLSearchParams({ id: clause ?? programme });
    const day = get("in_force").value;
    if (day) query.set("on", day);
    await load(`${at}/${clause ? "clause" : "programme"}?${query}`, clause ?? "", focus);
  }

  async function load(address, clause, focus) {
    fetching?.abort();
    fetching = new AbortController();
    try {
      detail.innerHTML = await ask(address, { signal: fetching.signal });
      shown = clause;
      if (focus) {
        detail.focus({ preventScroll: true });
        detail.scrollIntoView({ block: "start" });
      }
    } catch (error) {
      if (error.name !== "AbortError") told(detail, error.message);
    }
  }

  q.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(search, 25); });
  filters.forEach((f) => f.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(search, 150); }));

  results.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (!option) return;
    choose(options().indexOf(option), 5000);
    clearTimeout(later);
    open(option, narrow());
  });

  detail.addEventListener("click", (event) => {
    const near = event.target.closest('a[href*="#clause="]');
    const related = event.target.closest("[data-search]");
    if (near) {
      event.preventDefault();
      const id = decodeURIComponent(near.getAttribute("href").split("/").pop());
      load(`${at}/clause?${new URLSearchParams({ id })}`, id, true);
    } else if (related) {
      q.value = related.dataset.search;
      q.focus();
      search();
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.matches("input, textarea, select");
    const inSearch = event.target === q;
    if (event.key === "Escape") {
      q.focus();
      q.select();
    } else if ((inSearch || !typing) && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      choose(active + (event.key === "ArrowDown" ? 1 : -1));
    } else if (inSearch && event.key === "Enter" && options()[active]) {
      event.preventDefault();
      clearTimeout(later);
      open(options()[active], true);
    } else if (!typing && event.key === "/") {
      event.preventDefault();
      q.focus();
      q.select();
    } else if (!typing && event.key.toLowerCase() === "c") {
      const button = detail.querySelector(".hc-script .hc-copy");
      if (button) window.hangce.copy(button);
    } else if (!typing && event.key.toLowerCase() === "n") {
      event.preventDefault();
      get("note-question").value ||= q.value.trim();
      get("note-text").focus();
    }
  });

  // --- notes ---

  const said = get("note-said");

  async function send(where, done) {
    const body = {
      question: get("note-question").value.trim() || q.value.trim(), note: get("note-text").value.trim(),
      clause_ids: shown ? [shown] : [],
    };
    try {
      const html = await ask(`${at}/${where}`, {
        method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
      });
      if (html) get("notes").innerHTML = html;
      get("note-form").reset();
      said.textContent = done;
    } catch (error) {
      said.textContent = error.message;
    }
    setTimeout(() => { said.textContent = ""; }, 4000);
  }

  get("note-form").addEventListener("submit", (event) => { event.preventDefault(); send("note", desk.dataset.saved); });
  get("hand-on").addEventListener("click", () => send("hand-on", desk.dataset.handed));
  get("notes").addEventListener("click", async (event) => {
    const number = event.target.closest("[data-forget]")?.dataset.forget;
    if (number) get("notes").innerHTML = await ask(`${at}/note/${number}`, { method: "DELETE" });
  });

  if (q.value) search();
})();
