// Restates the total of a gift while somebody chooses. Without this module the button "Work out the total" does it.
const DIGITS = /^\d+(?:[.,]\d{1,2})?$/;

for (const form of document.querySelectorAll("[data-giving]")) {
  const language = document.documentElement.lang;
  const { currency, once, monthly, costOnce, costMonthly } = form.dataset;
  const rates = JSON.parse(form.dataset.rates);
  const gift = form.querySelector("[data-gift]");
  const cost = form.querySelector("[data-cost]");
  const other = form.elements.other;
  const chosen = (name) => form.querySelector(`[name=${name}]:checked, select[name=${name}], input[type=hidden][name=${name}]`)?.value;

  const money = (minor) => new Intl.NumberFormat(language, {
    style: "currency", currency, minimumFractionDigits: minor % 100 ? 2 : 0,
  }).format(minor / 100);

  // What was typed, in minor units; null for what only the server can judge.
  const typed = (text) => {
    const plain = text.replace(/[\s\u00a0\u202f'’€]/g, "");
    if (!DIGITS.test(plain)) return null;
    const [whole, decimals = ""] = plain.split(/[.,]/);
    return Number(whole) * 100 + Number(decimals.padEnd(2, "0"));
  };

  const restate = () => {
    const frequency = chosen("frequency") || "once";
    const amount = other.value.trim() ? typed(other.value) : Number(chosen(`preset_${frequency}`));
    if (!amount) return;
    gift.textContent = (frequency === "monthly" ? monthly : once)
      .replace("{amount}", money(amount)).replace("{year}", money(12 * amount));
    const rate = rates[chosen("fund")]?.[chosen("kind") || "person"];
    cost.hidden = !rate;
    if (!rate) return;
    const percent = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 2 }).format(rate / 100);
    cost.textContent = (frequency === "monthly" ? costMonthly : costOnce)
      .replace("{cost}", money(amount - Math.round((amount * rate) / 100))).replace("{percent}", percent);
  };

  form.addEventListener("input", (event) => {
    // A suggested amount that is chosen after another was typed is meant.
    if (event.target.name?.startsWith("preset_")) other.value = "";
    restate();
  });
  form.querySelector("[data-restate]").hidden = true;
  restate();
}
