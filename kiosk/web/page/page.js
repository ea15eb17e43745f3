"use strict";

// Runs before textual.js has opened its terminal, which it does when everything is loaded.
const terminal = document.getElementById("terminal");
const again = document.getElementById("again");

// Where this very page came from: through a forwarded port or a proxy the server does not know by which name.
terminal.dataset.sessionWebsocketUrl = location.origin.replace(/^http/, "ws") + "/ws";

window.addEventListener("load", () => {
  setTimeout(() => document.querySelector(".xterm-helper-textarea")?.focus());
});

// A console that has ended leaves nothing on the screen.
new MutationObserver(() => {
  if (document.body.classList.contains("-closed") && terminal.isConnected) {
    terminal.remove();
    again.focus();
  }
}).observe(document.body, { attributeFilter: ["class"] });

again.addEventListener("click", () => location.reload());
