// What ipywidgets leaves out. Its sliders have no name for a screen reader, JupyterLab takes the
// arrow keys away from its lists and sliders, and nothing says aloud what has been drawn.

const FIELDS = "select, input, textarea, .noUi-handle, .ui-slider-handle";

function complete(box) {
  for (const field of box.querySelectorAll(`.course-knobs :is(${FIELDS})`)) {
    field.dataset.lmSuppressShortcuts = "true"; // JupyterLab: these keys are the field's own
    const label = field.closest(".course-knob")?.querySelector("label");
    if (label && field.getAttribute("role") === "slider") {
      field.setAttribute("aria-label", `${label.textContent}, slider`);
    }
  }
}

export default {
  render({ el }) {
    const observers = [];
    let frame, pause;
    el.className += " course-aloud";
    el.setAttribute("role", "status");

    const watch = (part, changed) => {
      const observer = new MutationObserver(changed);
      observer.observe(part, { childList: true, subtree: true });
      observers.push(observer);
    };
    const start = () => {
      const box = el.closest(".course-controls");
      const [knobs, screen, message] = ["knobs", "screen", "message"].map((name) =>
        box?.querySelector(`.course-${name}`),
      );
      if (!knobs || !screen || !message) { // not in the page yet
        frame = requestAnimationFrame(start);
        return;
      }
      const say = () => {
        clearTimeout(pause); // while a slider is dragged, only the place where it rests is said
        pause = setTimeout(() => {
          const words = [message, screen.querySelector(".course-words")];
          el.textContent = words.map((part) => part?.textContent.trim() ?? "").join(" ");
        }, 400);
      };
      complete(box);
      watch(knobs, () => complete(box));
      watch(screen, say);
      watch(message, say);
    };
    start();
    return () => {
      cancelAnimationFrame(frame);
      clearTimeout(pause);
      observers.forEach((observer) => observer.disconnect());
    };
  },
};
