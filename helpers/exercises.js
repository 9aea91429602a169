// A question with buttons, asked before the picture answers it. Everything it shows is in the
// model (question, options, right, answer, next), so it works without a kernel too.

const LETTERS = "abcdefgh"; // the options are often numbers, so these are not

function element(tag, className, text = "") {
  const node = document.createElement(tag);
  node.className = className;
  node.textContent = text;
  return node;
}

function button(className, onClick) {
  const node = element("button", className);
  node.type = "button";
  // JupyterLab would take the key a as "a new cell above this one".
  node.dataset.lmSuppressShortcuts = "true";
  node.addEventListener("click", onClick);
  return node;
}

function render({ model, el }) {
  const group = element("div", "course-prediction");
  const question = element("p", "course-prediction-question", model.get("question"));
  question.id = `course-prediction-${Math.random().toString(36).slice(2)}`;
  group.setAttribute("role", "group");
  group.setAttribute("aria-labelledby", question.id);

  const set = (name, value) => {
    model.set(name, value);
    model.save_changes();
  };
  const choose = (option) => {
    if (!model.get("revealed")) set("choice", option);
  };

  const row = element("div", "course-prediction-options");
  const options = model.get("options").map((text, place) => {
    const node = button("course-prediction-option", () => choose(text));
    const mark = element("span", "course-prediction-mark");
    mark.ariaHidden = "true"; // aria-pressed and the sentence below say the same
    node.append(element("span", "course-prediction-key", LETTERS[place]), " ", element("span", "", text), " ", mark);
    row.append(node);
    return { node, mark, text };
  });

  const said = element("p", "course-prediction-said");
  said.setAttribute("role", "status"); // polite: it is read when the reader has stopped pressing
  const reveal = button("course-prediction-reveal", () => set("revealed", !model.get("revealed")));
  group.append(element("p", "course-prediction-title", "Predict"), question, row, said, reveal);
  el.append(group);

  function update() {
    const choice = model.get("choice");
    const revealed = model.get("revealed");
    for (const { node, mark, text } of options) {
      node.setAttribute("aria-pressed", String(text === choice));
      node.setAttribute("aria-disabled", String(revealed));
      const solved = revealed && text === model.get("right");
      mark.textContent = solved ? "✓" : text === choice ? "●" : "";
    }
    reveal.hidden = !choice && !revealed;
    reveal.textContent = revealed ? "Hide the answer" : "Show the answer";
    const yours = choice ? `You predicted: ${choice}.` : "";
    if (revealed) said.textContent = `${yours}\nAnswer: ${model.get("answer")}`.trim();
    else if (choice) said.textContent = `${yours} ${model.get("next")}`;
    else said.textContent = `Choose one. The keys a to ${LETTERS[options.length - 1]} work too.`;
  }

  group.addEventListener("keydown", (event) => {
    const option = options[LETTERS.indexOf(event.key.toLowerCase())];
    if (!option || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    option.node.focus();
    choose(option.text);
  });
  const enlarge = () => group.classList.toggle("cw-large", Boolean(model.get("large")));
  const heard = { choice: update, revealed: update, large: enlarge };
  for (const [name, act] of Object.entries(heard)) model.on(`change:${name}`, act);
  update();
  enlarge();
  return () => {
    for (const [name, act] of Object.entries(heard)) model.off(`change:${name}`, act);
  };
}

export default { render };
