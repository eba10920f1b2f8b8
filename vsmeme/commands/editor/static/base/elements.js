// Small pieces of a page: elements, groups of choices.

export function element(name, facts = {}, ...inside) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(facts)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key in made && typeof value !== "string") made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...inside.filter(part => part !== null && part !== undefined));
  return made;
}

export function group(title, ...inside) {
  return element("fieldset", {}, element("legend", {}, title), ...inside);
}

// Radio buttons or check boxes; `entries`: value, text, disabled, title.
export function choices(kind, name, entries, chosen, changed) {
  const made = entries.map(([value, text, disabled = false, title = ""]) => element(
    "label", title ? { title } : {},
    element("input", {
      type: kind, name, value, disabled, checked: chosen.includes(value),
      onchange: event => changed(event.target.value, event.target.checked),
    }),
    text,
  ));
  return element("div", { class: "choices" }, ...made);
}

export const noted = (...inside) => element("p", { class: "dim small" }, ...inside);
