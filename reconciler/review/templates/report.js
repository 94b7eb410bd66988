"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const PAGE = 50;
  const size = data.who.length;
  const element = (id) => document.getElementById(id);
  const body = document.querySelector("#rows tbody");
  const number = (value) => value.toLocaleString("en-US");

  const decision = new Int32Array(size);
  let filled = 0;
  data.of.forEach((rows, index) => { decision.fill(index, filled, filled + rows); filled += rows; });

  const ranks = (key) => {
    const names = [...new Set(data.decisions.map(key))].sort();
    return data.decisions.map((one) => names.indexOf(key(one)));
  };
  const titles = ranks((one) => one.title);
  const labels = ranks((one) => one.label);
  const columns = {
    who: (row) => data.who[row],
    where: (row) => data.where[row],
    due: (row) => data.due[row],
    title: (row) => titles[decision[row]],
    action: (row) => labels[decision[row]],
  };

  const state = { search: "", action: "", policy: "", place: "", sort: "", down: false, page: 0 };
  let shown = [];
  let open = -1;
  let lower = null;

  // A word is looked for once in each different value, not once in each row.
  const searchable = () => {
    lower = lower || {
      who: data.trainees.map((text) => text.toLowerCase()),
      where: data.places.map((text) => text.toLowerCase()),
      decision: data.decisions.map((one) => [
        one.title, one.content, one.label, ...one.causes.map((cause) => cause.id),
      ].join("\n").toLowerCase()),
    };
    return lower;
  };
  const hits = (texts, word) => texts.map((text) => text.includes(word));
  const worksAt = (place) => data.places.map((text) => text.split(" | ").includes(place));

  const matching = () => {
    const words = state.search.toLowerCase().split(/\s+/).filter(Boolean);
    const found = words.map((word) => {
      const texts = searchable();
      return [hits(texts.who, word), hits(texts.where, word), hits(texts.decision, word)];
    });
    const wanted = data.decisions.map((one) => (!state.action || one.action === state.action)
      && (!state.policy || one.causes.some((cause) => cause.id === state.policy)));
    const here = state.place ? worksAt(state.place) : null;
    const rows = [];
    for (let row = 0; row < size; row += 1) {
      if (wanted[decision[row]] && (!here || here[data.where[row]])
        && found.every(([who, where, what]) => who[data.who[row]] || where[data.where[row]]
          || what[decision[row]])) rows.push(row);
    }
    return rows;
  };

  const sorted = (rows) => {
    if (!state.sort) return rows;
    const key = columns[state.sort];
    const keys = new Int32Array(size);
    rows.forEach((row) => { keys[row] = key(row); });
    const turn = state.down ? -1 : 1;
    return rows.sort((one, other) => turn * (keys[one] - keys[other]) || one - other);
  };

  const made = (name, text, className) => {
    const node = document.createElement(name);
    if (text) node.textContent = text;
    if (className) node.className = className;
    return node;
  };

  const explanation = (row) => {
    const one = data.decisions[decision[row]];
    const who = data.trainees[data.who[row]];
    const cell = made("td");
    cell.colSpan = 6;
    cell.append(made("p", `${one.label} ${one.title} (${one.content}): ${one.why}.`));
    const list = made("ul");
    one.causes.forEach((cause) => {
      const rule = [`By ${cause.id}.`, cause.said, cause.target && `It is for: ${cause.target}.`, cause.scope];
      list.append(made("li", rule.filter(Boolean).join(" ")));
    });
    const place = data.places[data.where[row]];
    if (place) list.append(made("li", `${who} works at ${place.split(" | ").join(" and ")}.`));
    if (data.due[row] >= 0) list.append(made("li", `Due ${data.dues[data.due[row]]}.`));
    const others = [];
    let count = 0;
    data.who.forEach((code, other) => {
      if (code !== data.who[row] || other === row) return;
      count += 1;
      const another = data.decisions[decision[other]];
      if (others.length < 8) others.push(`${another.label.toLowerCase()} ${another.title}`);
    });
    if (count) list.append(made("li", `Also in this plan: ${others.join(", ")}${count > 8 ? ", and more" : ""}.`));
    cell.append(list);
    const line = made("p", "Clause by clause: ", "quiet");
    line.append(made("code", `reconciler explain ${quoted(who)} ${quoted(one.content)} --as-of ${data.asOf}`));
    cell.append(line);
    const whole = made("tr", "", "why");
    whole.append(cell);
    return whole;
  };
  const quoted = (text) => (/^[\w@%+=:,./-]+$/.test(text) && !text.startsWith("-") ? text : `'${text.replaceAll("'", "'\"'\"'")}'`);

  const line = (row) => {
    const one = data.decisions[decision[row]];
    const tr = made("tr");
    const head = made("td", data.trainees[data.who[row]]);
    const title = made("td", one.title);
    title.append(made("br"), made("span", one.causes.map((cause) => cause.id).join(", "), "quiet"));
    const button = made("button", row === open ? "Close" : "Why?", "link");
    button.type = "button";
    button.dataset.row = row;
    button.setAttribute("aria-expanded", row === open);
    button.setAttribute("aria-label", `Why: ${data.trainees[data.who[row]]}, ${one.title}`);
    const last = made("td", "", "screen");
    last.append(button);
    tr.append(
      head, made("td", one.label, one.loses ? "loses" : ""), title,
      made("td", (data.places[data.where[row]] || "").split(" | ").join(", ")),
      made("td", data.dues[data.due[row]] || "", "due"), last,
    );
    return tr;
  };

  const draw = () => {
    const pages = Math.max(1, Math.ceil(shown.length / PAGE));
    state.page = Math.min(Math.max(0, state.page), pages - 1);
    const start = state.page * PAGE;
    const rows = shown.slice(start, start + PAGE);
    const nodes = [];
    rows.forEach((row) => {
      nodes.push(line(row));
      if (row === open) nodes.push(explanation(row));
    });
    body.replaceChildren(...nodes);
    const all = shown.length === size ? "" : ` found among ${number(size)}`;
    const span = rows.length ? `, ${number(start + 1)} to ${number(start + rows.length)} shown` : "";
    element("found").textContent = `${number(shown.length)} ${shown.length === 1 ? "action" : "actions"}${all}${span}`;
    element("page").textContent = `Page ${number(state.page + 1)} of ${number(pages)}`;
    element("first").disabled = element("before").disabled = state.page === 0;
    element("after").disabled = element("last").disabled = state.page === pages - 1;
    element("place").hidden = !state.place;
    element("place").textContent = `${state.place} ×`;
    element("place").setAttribute("aria-label", `Location ${state.place}: show all again`);
    document.querySelectorAll("#rows th[data-sort]").forEach((head) => {
      const direction = state.down ? "descending" : "ascending";
      head.setAttribute("aria-sort", head.dataset.sort === state.sort ? direction : "none");
    });
  };

  const update = () => { state.page = 0; open = -1; shown = sorted(matching()); draw(); };

  let waiting = 0;
  element("search").addEventListener("input", (event) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => { state.search = event.target.value; update(); }, 120);
  });
  ["action", "policy"].forEach((id) => element(id).addEventListener("change", (event) => {
    state[id] = event.target.value;
    update();
  }));
  element("tools").addEventListener("submit", (event) => event.preventDefault());
  element("tools").addEventListener("reset", () => {
    Object.assign(state, { search: "", action: "", policy: "", place: "" });
    update();
  });
  element("place").addEventListener("click", () => { state.place = ""; update(); element("search").focus(); });
  document.querySelectorAll("#rows th[data-sort] button").forEach((button) => {
    button.addEventListener("click", () => {
      const key = button.parentElement.dataset.sort;
      state.down = state.sort === key && !state.down;
      state.sort = key;
      update();
    });
  });
  const goes = (id, page) => element(id).addEventListener("click", () => {
    state.page = page();
    open = -1;
    draw();
    element("table").scrollIntoView();
  });
  goes("first", () => 0);
  goes("before", () => state.page - 1);
  goes("after", () => state.page + 1);
  goes("last", () => Math.ceil(shown.length / PAGE) - 1);
  body.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-row]");
    if (!button) return;
    const row = Number(button.dataset.row);
    open = open === row ? -1 : row;
    draw();
    body.querySelector(`button[data-row="${row}"]`).focus();
  });
  const goTo = (changes) => {
    element("tools").reset();
    Object.assign(state, changes);
    element("policy").value = state.policy;
    update();
    element("actions").focus();
    element("table").scrollIntoView();
  };
  document.querySelectorAll("button[data-policy]").forEach((button) => {
    button.addEventListener("click", () => goTo({ policy: button.dataset.policy }));
  });
  document.querySelectorAll("button[data-place]").forEach((button) => {
    button.addEventListener("click", () => goTo({ place: button.dataset.place }));
  });

  let unfolded = [];
  window.addEventListener("beforeprint", () => {
    unfolded.push(...document.querySelectorAll("details.policy:not([open])"));
    unfolded.forEach((one) => { one.open = true; });
  });
  window.addEventListener("afterprint", () => {
    unfolded.forEach((one) => { one.open = false; });
    unfolded = [];
  });
  update();
})();
