// The few things that the page does by itself: pass a clicked number on, show the panel, copy a reference.
(() => {
  "use strict";
  const NARROW = "(max-width: 820px)";
  let origin = null; // the citation that opened the panel; focus goes back to it
  let picks = 0; // how many clicks were passed on
  let awaited = null; // the click whose panel has yet to come
  let followed = ""; // the answer that was last brought into view

  const panel = () => document.querySelector("#hc-panel");

  function pick(address) {
    const box = document.querySelector("#hc-pick textarea, #hc-pick input");
    if (!box) return;
    const kind = box.tagName === "TEXTAREA" ? HTMLTextAreaElement : HTMLInputElement;
    // The number in front makes a second click on the same citation a change too, and comes back with the panel.
    awaited = String(++picks);
    Object.getOwnPropertyDescriptor(kind.prototype, "value").set.call(box, `${awaited} ${address}`);
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function reveal() {
    const heading = panel()?.querySelector(`[data-pick="${awaited}"] h2`);
    if (!heading) return;
    awaited = null;
    panel().scrollTop = 0;
    heading.focus({ preventScroll: true });
    if (matchMedia(NARROW).matches) panel().scrollIntoView({ block: "start" });
  }

  function back() {
    const chat = document.querySelector("#hc-chat");
    const target = origin && origin.isConnected ? origin : chat;
    if (matchMedia(NARROW).matches) window.scrollTo({ top: 0 });
    target?.focus?.({ preventScroll: false });
  }

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
      said.textContent = "已复制";
    } catch {
      said.textContent = "浏览器不允许复制，请手动选取文字";
    }
    setTimeout(() => { said.textContent = ""; }, 2500);
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.('a[href*="#clause="]');
    if (link) {
      event.preventDefault();
      if (!panel()?.contains(link)) origin = link;
      const href = link.getAttribute("href");
      pick(href.slice(href.indexOf("#")));
      return;
    }
    const button = event.target.closest?.(".hc-copy, .hc-back");
    if (button?.classList.contains("hc-copy")) copy(button);
    else if (button) back();
  }, true);

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && panel()?.contains(event.target)) back();
  });

  // A new answer is read from its question on, so that is what comes to the top.
  function follow() {
    const answers = document.querySelectorAll("#hc-chat .hc-answer");
    const now = `${answers.length} ${answers[answers.length - 1]?.className}`;
    if (now === followed) return;
    followed = now;
    const questions = document.querySelectorAll("#hc-chat .hc-question");
    const row = questions[questions.length - 1]?.closest(".message-row");
    const scroller = row?.closest(".bubble-wrap");
    if (!scroller) return;
    requestAnimationFrame(() => {
      scroller.scrollTop += row.getBoundingClientRect().top - scroller.getBoundingClientRect().top - 12;
    });
  }

  new MutationObserver(() => { if (awaited) reveal(); follow(); })
    .observe(document.documentElement, { childList: true, subtree: true });

  document.documentElement.lang = "zh-CN";
})();
