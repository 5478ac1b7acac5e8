// Puts a film's player in the place of its still picture, once the visitor has asked for it. Without this
// module the same control is a plain link to the film.
for (const frame of document.querySelectorAll("[data-player]")) {
  frame.querySelector(".video__play")?.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const player = document.createElement("iframe");
    const address = new URL(frame.dataset.player);
    address.searchParams.set("autoplay", "1");
    player.src = address;
    player.title = frame.dataset.title;
    player.allow = "autoplay; encrypted-media; fullscreen; picture-in-picture";
    player.allowFullscreen = true;
    player.referrerPolicy = "strict-origin-when-cross-origin"; // players refuse a page without a name
    player.tabIndex = -1;
    frame.replaceChildren(player);
    player.focus();
  });
}
