// A passkey that cannot be used says so beside its button; django-allauth only tells the console.
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  document.querySelector("#main [role='alert']")?.remove();
  const words = document.getElementById("passkey-error").content.cloneNode(true);
  const button = document.querySelector("#passkey_login, #passkey");
  button.before(words);
  button.focus();
});
