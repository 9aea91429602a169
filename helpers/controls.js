// What ipywidgets leaves out. Its sliders have no name for a screen reader, JupyterLab takes the
// arrow keys away from its lists and sliders, nothing says aloud what has been drawn, and nothing is
// said where Python does not answer. silence.js and projector.js stand before this.

const TOUCHED = ["pointerdown", "keyup", "change"]; // a control has been used
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

// What stands in a number's field is what it holds: ipywidgets leaves "3.7" where it has taken 3.
function settle({ target }) {
  const whole = parseInt(target.value, 10);
  if (target.type !== "number" || Number.isNaN(whole)) return;
  target.value = whole;
  target.dispatchEvent(new Event("change", { bubbles: true }));
}

// Asks Python for an answer whenever a control is used. If none comes, it is said where messages stand.
function listen(model, knobs, message) {
  let late, before;
  const place = () => message.querySelector(".widget-html-content") ?? message;
  const silent = () => message.querySelector(".course-silent");
  const complain = () => {
    if (silent()) return;
    before = place().innerHTML;
    place().innerHTML = `<p class="course-wrong course-silent">${SILENT}</p>`;
  };
  const ask = () => {
    model.set("asked", model.get("asked") + 1);
    model.save_changes();
    clearTimeout(late);
    late = setTimeout(complain, PATIENCE);
  };
  const answered = () => {
    if (model.get("answered") < model.get("asked")) return;
    clearTimeout(late);
    if (silent()) place().innerHTML = before;
  };
  for (const event of TOUCHED) knobs.addEventListener(event, ask);
  knobs.addEventListener("focusout", settle);
  model.on("change:answered", answered);
  return () => {
    clearTimeout(late);
    for (const event of TOUCHED) knobs.removeEventListener(event, ask);
    knobs.removeEventListener("focusout", settle);
    model.off("change:answered", answered);
  };
}

export default {
  render({ model, el }) {
    const observers = [];
    let frame, pause, deaf, untop;
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
      untop = showFromTop(box);
      watch(knobs, () => complete(box));
      watch(screen, say);
      watch(message, say);
      deaf = listen(model, knobs, message);
    };
    start();
    return () => {
      cancelAnimationFrame(frame);
      clearTimeout(pause);
      deaf?.();
      untop?.();
      observers.forEach((observer) => observer.disconnect());
    };
  },
};
