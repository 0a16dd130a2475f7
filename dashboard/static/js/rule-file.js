// A file is read into the field of its text, so that it is seen before it is sent. Without this script one pastes it.
for (const chosen of document.querySelectorAll("input[type=file][data-into]")) {
  chosen.closest("label").hidden = false;
  chosen.addEventListener("change", async () => {
    const field = document.getElementById(chosen.dataset.into);
    const file = chosen.files[0];
    if (field && file) field.value = (await file.text()).slice(0, field.maxLength);
  });
}
