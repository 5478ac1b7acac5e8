// In the admin: puts Monday's hours on the other working days. Without this module one types them.
for (const week of document.querySelectorAll("[data-week]")) {
  const inputs = [...week.querySelectorAll("input")];
  const copy = week.querySelector("[data-week-copy]");
  copy.hidden = false;
  copy.addEventListener("click", () => {
    for (const input of inputs.slice(1, 5)) {
      input.value = inputs[0].value;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    }
    inputs[1].focus();
  });
}
