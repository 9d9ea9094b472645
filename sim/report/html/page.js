// The page around the figures: theme, copying and saving.
"use strict";
(() => {
  const theme = document.getElementById("theme"), themes = ["auto", "light", "dark"];
  let at = 0;
  theme.hidden = false;
  theme.addEventListener("click", () => {
    at = (at + 1) % themes.length;
    theme.textContent = "Theme: " + themes[at];
    if (at) document.documentElement.dataset.theme = themes[at];
    else delete document.documentElement.dataset.theme;
  });
  const select = (node) => {
    const range = document.createRange();
    range.selectNodeContents(node);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
  };
  for (const b of document.querySelectorAll("[data-copy]")) {
    const source = document.getElementById(b.dataset.copy);
    b.hidden = false;
    b.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(source.textContent);
        b.textContent = "Copied";
        setTimeout(() => { b.textContent = "Copy"; }, 1500);
      } catch {
        select(source); // a file may not be allowed to write there
      }
    });
  }
  for (const b of document.querySelectorAll("[data-save]")) {
    b.hidden = false;
    b.addEventListener("click", () => {
      const a = document.createElement("a");
      a.href = URL.createObjectURL(new Blob([document.getElementById(b.dataset.save).textContent], { type: "text/yaml" }));
      a.download = b.dataset.name;
      a.click();
      setTimeout(() => URL.revokeObjectURL(a.href), 1000);
    });
  }
})();
