// Brings the pictures of a page to life, with no Python behind it and no widget manager: each gets
// a plain model in place of a widget's, and its own page code (pictures.js) does all the rest.

(() => {
  // What a picture's page code asks of a model: values, and to be told when one changes.
  class PlainModel {
    alone = true;

    constructor(values) {
      this.values = values;
      this.listeners = new Map();
    }

    get(name) {
      return this.values[name];
    }

    set(name, value) {
      if (JSON.stringify(value) === JSON.stringify(this.values[name])) return;
      this.values[name] = value;
      // Only Python can ask the reader's function again: from here on the course's own answers.
      if (name in (this.values.mine?.settings ?? {})) this.values.mine = {};
      for (const listener of this.listeners.get(`change:${name}`) ?? []) listener();
    }

    on(event, listener) {
      this.listeners.set(event, [...(this.listeners.get(event) ?? []), listener]);
    }

    off(event, listener) {
      this.listeners.set(event, (this.listeners.get(event) ?? []).filter((one) => one !== listener));
    }

    save_changes() {} // there is nobody to tell
  }

  const night = matchMedia("(prefers-color-scheme: dark)");
  const style = new CSSStyleSheet();
  style.replaceSync(oneWindow.css);
  const grounds = []; // what the pictures stand on; each carries the page's theme

  // The theme that the reader chose for the page goes before the system's. The pictures know
  // JupyterLab's name for it.
  function showTheme() {
    const chosen = document.body.dataset.theme ?? document.documentElement.dataset.theme;
    const dark = chosen === "dark" || (chosen !== "light" && night.matches);
    for (const element of [...grounds, document.body]) element.dataset.jpThemeLight = String(!dark);
  }

  // The picture stands in a shadow root: the page's style does not reach it, nor its own the page.
  function bringToLife(place) {
    const model = new PlainModel(JSON.parse(place.querySelector("script").textContent));
    place.model = model; // for slides.js, which moves the pictures too
    const host = document.createElement("div");
    const root = host.attachShadow({ mode: "open" });
    const ground = document.createElement("div");
    root.adoptedStyleSheets = [style];
    root.append(ground);
    grounds.push(ground);
    showTheme();
    host.addEventListener("keydown", (event) => event.stopPropagation()); // the page has keys of its own
    place.prepend(host);
    try {
      oneWindow.kinds[place.dataset.kind].render({ model, el: ground });
      place.classList.add("alive");
    } catch (error) {
      host.remove(); // the still stays
      reportError(error);
    }
  }

  document.querySelectorAll(".living").forEach(bringToLife);
  const watcher = new MutationObserver(showTheme);
  for (const element of [document.body, document.documentElement])
    watcher.observe(element, { attributes: true, attributeFilter: ["data-theme"] });
  night.addEventListener("change", showTheme);
})();
