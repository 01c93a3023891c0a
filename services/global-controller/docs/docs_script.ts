/** The script of the page that describes the API; the page is whole without it. */
export const DOCS_SCRIPT = `
const search = document.getElementById("search");
const count = document.getElementById("count");
const operations = [...document.querySelectorAll("details[data-text]")];
const filter = () => {
  const words = search.value.toLowerCase().split(/\\s+/).filter(Boolean);
  let found = 0;
  for (const operation of operations) {
    operation.hidden = !words.every((word) => operation.dataset.text.includes(word));
    if (!operation.hidden) found++;
    document.querySelector('nav a[href="#' + operation.id + '"]').parentElement.hidden =
      operation.hidden;
  }
  for (const section of document.querySelectorAll("[data-tag]")) {
    section.hidden = !section.querySelector("details:not([hidden]), li:not([hidden])");
  }
  count.textContent = words.length === 0 ? "" : found + " of " + operations.length + " operations";
};
search.addEventListener("input", filter);
search.closest("div").hidden = false;
const open = () => {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target?.tagName === "DETAILS") target.open = true;
};
addEventListener("hashchange", open);
open();
for (const button of document.querySelectorAll("button[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.previousElementSibling.textContent);
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = "Copy"), 2000);
  });
}
`;
