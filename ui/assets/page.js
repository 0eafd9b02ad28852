// The chat: passes clicks on numbers, suggestions and thumbs to the page, shows the panel, brings answers into view.
(() => {
  "use strict";
  const words = window.hangceWords;
  let origin = null; // the citation that opened the panel; focus goes back to it
  let clicks = 0; // how many clicks were passed on
  let awaited = null; // the click whose panel has yet to come
  let followed = ""; // the answer that was last brought into view

  // A question without its answer yet; it outlasts the reload with which Gradio meets a lost connection.
  const OPEN = "hangce-asked";
  let asked = sessionStorage.getItem(OPEN) ?? "";
  let asking = false; // in this very page

  const panel = () => document.querySelector("#hc-panel");
  const main = () => document.querySelector("#hc-main");

  function fill(field, value) {
    const kind = field.tagName === "TEXTAREA" ? HTMLTextAreaElement : HTMLInputElement;
    Object.getOwnPropertyDescriptor(kind.prototype, "value").set.call(field, value);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  // The number in front makes a second click on the same thing a change too.
  function pass(box, value) {
    const field = document.querySelector(`#hc-${box} textarea, #hc-${box} input`);
    if (!field) return "";
    const count = String(++clicks);
    fill(field, `${count} ${value}`);
    return count;
  }

  // What HTML or Markdown would take for more than text; the same as `render.escape`.
  const escaped = (text) => text
    .replace(/[&<>"'\\`*_[\](){}#$~|:]/g, (mark) => `&#${mark.charCodeAt(0)};`)
    .replace(/\r\n|\r|\n/g, "<br>");
  const said = (role, html) => ({ role, metadata: null, content: [{ text: html, type: "text" }], options: null });
  const WAITING = "hc-waiting";

  // Before the server is asked: the question stands in the conversation, and that it is being looked up.
  function begin(typed, chat, box = "") {
    const question = typed.trim();
    asking = true;
    asked = question;
    sessionStorage.setItem(OPEN, question);
    document.querySelector(".hc-lost")?.remove();
    return [[
      ...(chat ?? []),
      said("user", `<div class="hc-question">${escaped(question)}</div>`),
      said("assistant", `<div class="hc-answer ${WAITING}"><p>${words.waiting}</p></div>`),
    ], box, question];
  }

  // After it: a question that is still being looked up by then has had no answer; some questions are typed once more.
  function done(chat, box, refresh) {
    const question = asked;
    settle();
    const last = JSON.stringify(chat?.at(-1)?.content ?? "");
    const lost = last.includes(`hc-answer ${WAITING}`);
    if (lost) chat = [...chat.slice(0, -1), said("assistant", `<div class="hc-answer hc-declined"><p>${words.lost}</p></div>`)];
    const again = lost || last.includes("hc-answer hc-again");
    const listed = document.querySelector('.hc-side a[href^="/signout"]'); // who is signed in has earlier conversations
    return [chat, again && !box ? question : box, listed ? `${Number(refresh || 0) + 1}` : refresh];
  }

  // Of a question that the server refuses Gradio says nothing. Built anew, the page hands it back; Gradio does the same
  // by itself where the connection was lost.
  const fetched = window.fetch;
  window.fetch = async (...request) => {
    const response = await fetched(...request);
    const sent = /\/gradio_api\/(run\/predict|queue\/join)/.test(String(request[0]?.url ?? request[0]));
    if (sent && asking && !response.ok) setTimeout(() => { if (asking) window.location.reload(); }, 500);
    return response;
  };

  function settle() {
    asking = false;
    asked = "";
    sessionStorage.removeItem(OPEN);
  }

  // The page was built anew and knows nothing of the question: it is handed back.
  function handBack() {
    const field = document.querySelector("#hc-question textarea");
    if (!asked || !field || document.querySelector("#hc-chat .hc-question, #hc-chat .hc-sample") === null) return;
    const plain = (text) => text.replace(/\s+/g, "");
    const shown = [...document.querySelectorAll("#hc-chat .hc-question")].at(-1);
    if (shown && plain(shown.innerText) === plain(asked)) return;
    const question = asked;
    settle();
    if (!field.value.trim()) fill(field, question);
    document.querySelector(".hc-lost")?.remove();
    const note = Object.assign(document.createElement("p"), { className: "hc-lost", textContent: words.lost });
    note.setAttribute("role", "alert");
    document.querySelector("#hc-ask").before(note);
  }

  function reveal() {
    const heading = panel()?.querySelector(`[data-pick="${awaited}"] h2`);
    if (!heading) return;
    awaited = null;
    panel().scrollTop = 0;
    main().dataset.panel = "open";
    heading.focus({ preventScroll: true });
  }

  function back() {
    delete main().dataset.panel;
    const target = origin && origin.isConnected ? origin : document.querySelector("#hc-question textarea");
    target?.focus?.({ preventScroll: false });
  }

  function rate(id, way) {
    const dialog = document.createElement("dialog");
    dialog.className = "hc-dialog";
    const title = words[`rate_title_${way}`];
    dialog.setAttribute("aria-label", title);
    const form = Object.assign(document.createElement("form"), { method: "dialog" });
    const head = Object.assign(document.createElement("h2"), { textContent: title });
    const label = Object.assign(document.createElement("label"), { textContent: words.rate_comment });
    const text = Object.assign(document.createElement("textarea"), { rows: 4, maxLength: 2000 });
    const cancel = Object.assign(document.createElement("button"), { value: "", textContent: words.rate_cancel });
    const send = Object.assign(document.createElement("button"), { value: "send", textContent: words.rate_send });
    send.className = "hc-primary";
    label.append(text);
    const row = document.createElement("div");
    row.className = "hc-dialog-row";
    row.append(cancel, send);
    form.append(head, label, row);
    dialog.append(form);
    (document.querySelector(".gradio-container") ?? document.body).append(dialog);
    dialog.addEventListener("close", () => {
      if (dialog.returnValue === "send")
        pass("rated", JSON.stringify({ id, helpful: way === "up", comment: text.value }));
      dialog.remove();
      origin?.isConnected && origin.focus({ preventScroll: true });
    });
    dialog.showModal();
    text.focus();
  }

  const after = (href) => decodeURIComponent(href.slice(href.indexOf("=") + 1));

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.('a[href*="#clause="], a[href*="#ask="], a[href*="#rate="]');
    if (link) {
      event.preventDefault();
      if (!panel()?.contains(link)) origin = link;
      const address = link.getAttribute("href");
      const href = address.slice(address.indexOf("#"));
      if (href.startsWith("#clause=")) awaited = pass("pick", href);
      else if (href.startsWith("#ask=")) { if (!asking) pass("clicked", after(href)); }
      else {
        const [id, way] = href.slice("#rate=".length).split("/");
        rate(decodeURIComponent(id), way === "up" ? "up" : "down");
      }
      return;
    }
    if (event.target.closest?.(".hc-back")) back();
    if (event.target.closest?.("#hc-clear")) settle();
    if (event.target.closest?.("#hc-send") && !ready()) halt(event);
  }, true);

  // One question at a time, and none without words: what is typed meanwhile stays in its box.
  const ready = () => !asking && document.querySelector("#hc-question textarea")?.value.trim();
  function halt(event) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && event.target.matches?.("#hc-question textarea") && !ready())
      halt(event);
  }, true);

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && panel()?.contains(event.target)) back();
    if (event.key === " " && event.target.matches?.("a.hc-chip, a.hc-thumb, a.hc-sample")) {
      event.preventDefault();
      event.target.click();
    }
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

  // What acts like a button is called one.
  function name() {
    document.querySelectorAll("a.hc-chip:not([role]), a.hc-thumb:not([role]), a.hc-sample:not([role])")
      .forEach((link) => link.setAttribute("role", "button"));
  }

  new MutationObserver(() => { if (awaited) reveal(); follow(); name(); if (asked) setTimeout(handBack, 300); })
    .observe(document.documentElement, { childList: true, subtree: true });

  Object.assign(window.hangce, { begin, done });

  // Gradio names the browser's language as that of the page.
  const root = document.documentElement;
  const speak = () => { if (root.lang !== words.lang) root.lang = words.lang; };
  new MutationObserver(speak).observe(root, { attributeFilter: ["lang"] });
  speak();
})();
