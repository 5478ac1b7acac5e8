/** A finding's link opens the tab of its field or block, shows it, and puts the cursor there. Wagtail does so on loading alone. */
const place = (fragment) => {
  const path = new URLSearchParams(fragment.slice(fragment.indexOf(":w:") + 3)).get("contentpath") ?? "";
  let found = null;
  for (const step of path.split(".")) {
    const inner = (found ?? document).querySelector(`[data-contentpath="${CSS.escape(step)}"]`);
    if (!inner) break;
    found = inner;
  }
  return found;
};

const show = (target) => {
  const tab = target.closest("[role=tabpanel]");
  if (tab?.hidden) document.querySelector(`[role=tab][aria-controls="${tab.id}"], [role=tab][href="#${tab.id}"]`)?.click();
  for (const toggle of document.querySelectorAll("[data-panel-toggle][aria-expanded=false]")) {
    if (document.getElementById(toggle.getAttribute("aria-controls"))?.contains(target)) toggle.click();
  }
  target.scrollIntoView({ block: "center" });
  const text = target.querySelector("[contenteditable=true]"); // before the buttons that a rich text begins with
  (text ?? target.querySelector("input:not([type=hidden]), textarea, select, button"))?.focus({ preventScroll: true });
};

document.querySelector(".w-findings")?.addEventListener("click", (event) => {
  const fragment = event.target.closest("a")?.getAttribute("href") ?? "";
  const target = fragment.startsWith("#:w:") && place(fragment);
  if (!target) return;
  event.preventDefault();
  show(target);
});

document.getElementById("findings-heading")?.focus({ preventScroll: true });
