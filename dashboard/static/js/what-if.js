// A slider and the number beside it say the same. Without this script there are the numbers alone.
for (const slider of document.querySelectorAll("input[type=range][data-twin]")) slider.hidden = false;
document.documentElement.dataset.script = "on";
document.getElementById("what-if")?.addEventListener(
  "input",
  (event) => {
    const twin = document.getElementById(event.target.dataset.twin ?? "");
    if (twin) twin.value = event.target.value;
  },
  { capture: true },
);
