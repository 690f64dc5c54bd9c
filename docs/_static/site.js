// The theme's buttons that open a branch of the side navigation have no text for screen readers.
document.addEventListener("DOMContentLoaded", () => {
  for (const button of document.querySelectorAll(".toctree-toggle")) {
    const page = button.closest("li").querySelector("a").textContent.trim();
    button.parentElement.setAttribute("aria-label", `Pages below ${page}`);
  }
});
