"use strict";
(() => {
  const PAGE = 24, FOLD = 320;
  const data = JSON.parse(document.getElementById("page-data").textContent);
  const root = document.getElementById("browser");
  const state = { status: "", metric: 0, gold: "", read: "", column: "", find: "", sort: "data", page: 0 };
  let language = document.documentElement.lang;
  const SIGN = { gained: "g", lost: "l", both_wrong: "w", both_right: "r" };
  const NAMES = [
    { g: "higher score", l: "lower score", w: "same score", r: "best both times", "-": "not judged" },
    { g: "gained", l: "lost", w: "still wrong", r: "right both times", "-": "not judged" },
  ];
  const isRightOrWrong = () => data.right_or_wrong[state.metric];
  const name = (sign) => say(NAMES[isRightOrWrong() ? 1 : 0][sign]);

  const say = (text, values = {}) => {
    const found = (data.words[language] || {})[text] || text;
    return found.replace(/\{(\w+)\}/g, (whole, key) => key in values ? values[key] : whole);
  };
  const count = (value) => value.toLocaleString(language);
  const make = (tag, attributes = {}, ...children) => {
    const node = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes)) {
      if (key === "class") node.className = value;
      else if (value !== null) node.setAttribute(key, value);
    }
    node.append(...children);
    return node;
  };
  const plain = (text) => Array.isArray(text) ? text[0] : text || "";

  const setLanguage = (chosen) => {
    language = chosen;
    document.documentElement.lang = chosen;
    for (const main of document.querySelectorAll("main[lang]")) main.hidden = main.lang !== chosen;
    for (const button of document.querySelectorAll("[data-language]")) {
      button.setAttribute("aria-pressed", String(button.dataset.language === chosen));
    }
    if (root) { build(); draw(); }
  };

  const haystacks = [];
  const haystack = (at) => {
    if (haystacks[at] === undefined) {
      const { i, q, a, b, t } = data.examples[at];
      haystacks[at] = [i, q, ...a, b, t].map(plain).join("\n").toLowerCase();
    }
    return haystacks[at];
  };
  const wanted = () => {
    const find = state.find.trim().toLowerCase();
    const [column, value] = state.column ? state.column.split(":").map(Number) : [];
    const kept = [];
    data.examples.forEach((example, at) => {
      if (state.status && example.s[state.metric] !== state.status) return;
      if (state.gold !== "" && example.l !== Number(state.gold)) return;
      if (state.read !== "" && example.r !== Number(state.read)) return;
      if (state.column && example.v[column] !== value) return;
      if (find && !haystack(at).includes(find)) return;
      kept.push(at);
    });
    const confidence = (at) => data.examples[at].ct;
    if (state.sort === "sure" || state.sort === "unsure") {
      const way = state.sort === "sure" ? -1 : 1;
      kept.sort((one, other) => {
        const [first, second] = [confidence(one), confidence(other)];
        if (first === undefined || second === undefined) return (first === undefined) - (second === undefined);
        return way * (first - second) || one - other;
      });
    }
    return kept;
  };

  const long = (text) => {
    const whole = plain(text);
    const box = make("span", { class: "text", dir: "auto" });
    if (whole === "") { box.append(make("i", { class: "quiet" }, say("empty"))); return box; }
    if (whole.length <= FOLD && !Array.isArray(text)) { box.append(whole); return box; }
    const full = Array.isArray(text) ? text[1] : whole.length;
    const shown = document.createTextNode(whole.slice(0, FOLD) + "…");
    const label = Array.isArray(text)
      ? say("show {shown} of {all} characters", { shown: count(whole.length), all: count(full) })
      : say("show all {all} characters", { all: count(full) });
    const more = make("button", { type: "button", class: "more" }, label);
    more.addEventListener("click", () => { shown.data = whole + (Array.isArray(text) ? "…" : ""); more.remove(); });
    box.append(shown, " ", more);
    return box;
  };
  const line = (title, content, kind = "") => [make("dt", {}, say(title)), make("dd", { class: kind }, ...content)];
  const answer = (text, sure, right) => {
    const content = [];
    if (right !== null) content.push(make("span", { class: right ? "mark good" : "mark bad", "aria-label": say(right ? "right" : "wrong"), role: "img" }, right ? "✓" : "✗"), " ");
    content.push(long(text));
    if (sure !== undefined) content.push(" ", make("span", { class: "sure" }, (100 * sure).toLocaleString(language, { maximumFractionDigits: 1 }) + " %"));
    return content;
  };
  const card = (example) => {
    const status = example.s[state.metric] || "-";
    const judged = isRightOrWrong() && status !== "-";
    const was = judged ? "lr".includes(status) : null, is = judged ? "gr".includes(status) : null;
    const pictures = make("div", { class: "pictures" });
    for (const at of example.p) pictures.append(make("img", { src: "data:image/jpeg;base64," + data.pictures[at], alt: say("picture of {id}", { id: plain(example.i) }) }));
    if (!example.p.length) pictures.append(make("span", { class: "none" }, say("no picture")));
    const list = make("dl");
    const expected = example.a.flatMap((each, at) => at ? [" · ", long(each)] : [long(each)]);
    if (example.more) expected.push(" ", say("and {count} more", { count: count(example.more) }));
    if (example.a.length) list.append(...line("expected", expected));
    if ("b" in example) list.append(...line("base", answer(example.b, example.cb, was)));
    if ("t" in example) list.append(...line("tuned", answer(example.t, example.ct, is), "tuned"));
    const tags = example.v.map((value, at) => value < 0 ? null : data.columns[at][0] + " = " + data.columns[at][1][value]).filter(Boolean);
    const foot = make("p", { class: "foot" }, make("span", { class: "badge " + status }, name(status)), make("code", { dir: "auto" }, plain(example.i).slice(0, 80)));
    if (tags.length) foot.append(make("span", { class: "tags", dir: "auto" }, tags.join(" · ")));
    const question = make("p", { class: "question", dir: "auto" }, long(example.q));
    return make("li", { class: "card" }, pictures, make("div", { class: "words" }, question, list, foot));
  };

  const parts = {};
  const choose = (title, options, key) => {
    const select = make("select", { "aria-label": title });
    for (const [value, label, group] of options) {
      let parent = select;
      if (group) {
        parent = select.lastElementChild;
        if (!parent || parent.tagName !== "OPTGROUP" || parent.label !== group) {
          parent = make("optgroup", { label: group });
          select.append(parent);
        }
      }
      parent.append(make("option", { value }, label));
    }
    select.value = String(state[key]);
    select.addEventListener("change", () => { state[key] = key === "metric" ? Number(select.value) : select.value; state.page = 0; draw(); });
    parts[key] = select;
    return make("label", {}, make("span", {}, say(title)), select);
  };
  const build = () => {
    root.replaceChildren();
    const any = [["", say("any")]];
    const chips = make("div", { class: "chips", role: "group", "aria-label": say("what changed") });
    for (const [status, sign] of [["all", ""], ...Object.entries(SIGN)]) {
      const chip = make("button", { type: "button", "data-chip": status });
      chip.addEventListener("click", () => { state.status = sign; state.page = 0; draw(); });
      chips.append(chip);
    }
    const find = make("input", { type: "search", placeholder: say("search questions and answers"), "aria-label": say("search questions and answers") });
    find.value = state.find;
    find.addEventListener("input", () => { state.find = find.value; state.page = 0; draw(); });
    parts.find = find;
    const tools = make("div", { class: "tools" }, find);
    if (data.metrics.length > 1) tools.append(choose("judged by", data.metrics.map((metric, at) => [at, metric]), "metric"));
    if (data.labels.length > 1) tools.append(choose(data.answered.length ? "right label" : "expected answer", any.concat(data.labels.map((label, at) => [at, label])), "gold"));
    if (data.answered.length) tools.append(choose("answered label", any.concat(data.answered.map((label, at) => [at, label])), "read"));
    if (data.columns.length) tools.append(choose("where", any.concat(data.columns.flatMap(([column, values], at) => values.map((value, of) => [at + ":" + of, value, column]))), "column"));
    if (data.examples.some((example) => example.ct !== undefined)) {
      tools.append(choose("order", [["data", say("as in the data")], ["sure", say("most confident first")], ["unsure", say("least confident first")]], "sort"));
    }
    parts.chips = chips;
    parts.told = make("p", { class: "told", role: "status" });
    parts.list = make("ol", { class: "cards" });
    parts.pager = make("nav", { class: "pager", "aria-label": say("pages of examples") });
    root.append(...(data.metrics.length ? [chips] : []), tools, parts.told, parts.list, parts.pager);
  };
  const step = (label, page, last) => {
    const button = make("button", { type: "button" }, label);
    button.disabled = page < 0 || page > last;
    button.addEventListener("click", () => { state.page = page; draw(); root.scrollIntoView(); });
    return button;
  };
  const draw = () => {
    const kept = wanted();
    const last = Math.max(0, Math.ceil(kept.length / PAGE) - 1);
    state.page = Math.min(state.page, last);
    const from = state.page * PAGE;
    const shown = kept.slice(from, from + PAGE);
    const tally = { g: 0, l: 0, w: 0, r: 0 };
    for (const example of data.examples) tally[example.s[state.metric]] += 1;
    for (const chip of parts.chips.children) {
      const sign = SIGN[chip.dataset.chip] || "";
      chip.textContent = (sign ? name(sign) : say("all")) + " " + count(sign ? tally[sign] : data.examples.length);
      chip.setAttribute("aria-pressed", String(state.status === sign));
    }
    parts.told.textContent = kept.length
      ? say("{from}–{to} of {all}", { from: count(from + 1), to: count(from + shown.length), all: count(kept.length) })
      : say("No example fits.");
    parts.list.replaceChildren(...shown.map((at) => card(data.examples[at])));
    parts.pager.replaceChildren(step("← " + say("back"), state.page - 1, last), step(say("further") + " →", state.page + 1, last));
    parts.pager.hidden = last === 0;
  };

  document.addEventListener("click", (event) => {
    const from = event.target.closest("[data-language], [data-status], [data-gold]");
    if (!from) return;
    if (from.dataset.language) { setLanguage(from.dataset.language); return; }
    if (!root) return;
    Object.assign(state, { status: "", gold: "", read: "", column: "", find: "", page: 0 });
    if (from.dataset.status) Object.assign(state, { status: SIGN[from.dataset.status], metric: 0 });
    if (from.dataset.gold !== undefined) {
      state.gold = data.labels.indexOf(from.dataset.gold);
      state.read = data.answered.indexOf(from.dataset.read);
    }
    build();
    draw();
  });
  setLanguage(language);
})();
