// What pages can do beyond what they can do without it: copy an address, and search the feeds.
"use strict";
document.documentElement.classList.add("scripted");
const status = document.querySelector("[role=status]");
const say = (text) => { if (status) status.textContent = text; };

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without https, or where it was not allowed, there is only the old way.
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    if (!done) throw new Error("not copied");
  }
}

// A picture that is no more is better not there than broken; some have failed before this script came.
const drop = (image) => { if (image.closest("article")) image.remove(); };
document.addEventListener("error", (event) => { if (event.target instanceof HTMLImageElement) drop(event.target); }, true);
for (const image of document.images) if (image.complete && !image.naturalWidth && image.currentSrc) drop(image);

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const label = button.firstChild;
  try {
    await copy(button.dataset.copy);
    label.data = "Copied";
    say("Copied: " + button.dataset.copy);
  } catch {
    label.data = "Not copied";
    say("The address could not be copied.");
  }
  button.focus();
  setTimeout(() => { label.data = "Copy"; }, 2000);
});

const search = document.getElementById("search");
if (search) {
  const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const groups = [...document.querySelectorAll(".group")];
  // Deepest first, so that a topic knows whether one below it is found.
  const feeds = [...document.querySelectorAll("[data-name]")].reverse().map((item) => [item, plain(item.dataset.name)]);
  const filter = () => {
    const words = plain(search.value).split(/\s+/).filter(Boolean);
    let found = 0;
    for (const [item, name] of feeds) {
      const hit = words.every((word) => name.includes(word));
      found += hit;
      item.hidden = !hit && !item.querySelector("[data-name]:not([hidden])");
      item.classList.toggle("above", !hit);
    }
    for (const group of groups) group.hidden = !group.querySelector("[data-name]:not([hidden])");
    document.querySelector(".nothing").hidden = found > 0;
    say(words.length ? found + (found === 1 ? " feed" : " feeds") : "");
  };
  search.addEventListener("input", filter);
  search.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && search.value) { search.value = ""; filter(); event.preventDefault(); }
  });
  if (search.value) filter();
}
