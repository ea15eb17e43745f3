"use strict";

// Runs before textual.js has opened its terminal, which it does when everything is loaded.
const terminal = document.getElementById("terminal");
const again = document.getElementById("again");

// Where this very page came from: through a forwarded port or a proxy the server does not know by which name.
terminal.dataset.sessionWebsocketUrl = location.origin.replace(/^http/, "ws") + "/ws";

// textual.js tells by classes of the body how its line is.
let isOpen = false;
new MutationObserver(() => {
  const is = document.body.classList;
  if (is.contains("-loaded") && !isOpen) {
    isOpen = true;
    terminal.querySelector(".xterm-helper-textarea").focus();
  }
  if (is.contains("-closed") && terminal.isConnected) {
    terminal.remove(); // a console that has ended leaves nothing on the screen
    again.focus();
  }
}).observe(document.body, { attributeFilter: ["class"] });

again.addEventListener("click", () => location.reload());
