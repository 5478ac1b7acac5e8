// Departments that fit what has been typed so far, below the search field of the directory: a combobox with a
// list box (APG, "editable combobox with list autocomplete"). Without this module the form works as it is.
const PAUSE = 200; // milliseconds without a key before the server is asked
const SHORTEST = 2; // characters

for (const box of document.querySelectorAll("[data-suggestions]")) {
  const field = box.querySelector("input");
  const list = document.createElement("ul");
  const status = document.createElement("p");
  let found = [];
  let active = -1;
  let timer = 0;
  let asking = null;

  list.id = `${field.id}-suggestions`;
  list.className = "suggestions";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", box.dataset.label);
  list.hidden = true;
  status.className = "visually-hidden";
  status.setAttribute("role", "status");
  box.append(list, status);
  field.setAttribute("role", "combobox");
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-controls", list.id);
  field.setAttribute("aria-expanded", "false");

  const mark = (place) => {
    list.children[active]?.setAttribute("aria-selected", "false");
    active = place;
    const option = list.children[active];
    if (!option) {
      field.removeAttribute("aria-activedescendant");
      return;
    }
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    field.setAttribute("aria-activedescendant", option.id);
  };

  const forget = () => {
    clearTimeout(timer);
    asking?.abort();
    asking = null;
  };

  const close = () => {
    forget();
    mark(-1);
    list.hidden = true;
    field.setAttribute("aria-expanded", "false");
  };

  const open = () => {
    if (!found.length || field.value.trim().length < SHORTEST) return;
    list.hidden = false;
    field.setAttribute("aria-expanded", "true");
    // On a small screen the list would end below the edge, or under the bar that stands there.
    if (list.getBoundingClientRect().bottom > innerHeight * 0.85) box.scrollIntoView({ block: "start" });
  };

  const show = (suggestions) => {
    mark(-1);
    found = suggestions;
    list.replaceChildren(
      ...found.map((suggestion, place) => {
        const option = document.createElement("li");
        const name = document.createElement("b");
        const where = document.createElement("small");
        option.id = `${list.id}-${place}`;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        name.textContent = suggestion.name;
        name.lang = suggestion.language;
        where.textContent = suggestion.where;
        option.append(name, " ", where);
        return option;
      }),
    );
    status.textContent = found.length ? box.dataset.some.replace("#", found.length) : box.dataset.none;
    if (found.length && document.activeElement === field) open();
    else close();
  };

  const ask = async () => {
    forget();
    const words = field.value.trim();
    if (words.length < SHORTEST) {
      found = [];
      status.textContent = "";
      close();
      return;
    }
    const mine = (asking = new AbortController());
    const address = new URL(box.dataset.suggestions, document.baseURI);
    for (const [name, value] of new FormData(field.form)) if (value && name !== "audience") address.searchParams.set(name, value);
    try {
      const answer = await fetch(address, { signal: mine.signal, credentials: "omit" });
      if (answer.ok) show((await answer.json()).suggestions);
    } catch {
      // Typed on, or offline: the form itself still searches.
    }
  };

  field.addEventListener("input", () => {
    forget();
    timer = setTimeout(ask, PAUSE);
  });
  field.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!found.length) return;
      event.preventDefault();
      const down = event.key === "ArrowDown";
      if (list.hidden) {
        open();
        if (!event.altKey) mark(down ? 0 : found.length - 1);
      } else if (event.altKey && !down) close();
      else if (!event.altKey) {
        // Past either end lies the field itself, where no suggestion is chosen.
        const next = active + (down ? 1 : -1);
        mark(next < -1 ? found.length - 1 : next >= found.length ? -1 : next);
      }
    } else if (event.key === "Enter") {
      if (active >= 0 && !list.hidden) {
        event.preventDefault();
        location.assign(found[active].url);
      } else close();
    } else if (event.key === "Escape") {
      if (!list.hidden) {
        event.preventDefault(); // the browser would empty the field at once
        close();
      }
    } else if (event.key === "Tab") close();
    else if (event.key !== "Shift" && event.key !== "Alt") mark(-1);
  });
  field.addEventListener("blur", close);
  // The press must not take the focus from the field, or the list would be gone before it is lifted.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const place = [...list.children].indexOf(event.target.closest("[role=option]"));
    if (place >= 0) location.assign(found[place].url);
  });
}
