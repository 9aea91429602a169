// The slides of one lesson: reveal.js goes from slide to slide and from step to step, this file says
// which key does what, sets the pictures to what a step shows, and makes each as large as there is room.

(() => {
  const every = (selector, root = document) => [...root.querySelectorAll(selector)];
  const deck = new Reveal(document.querySelector(".reveal"), {
    controls: false,
    disableLayout: true, // slides.css does it, in rem
    hash: true,
    keyboard: false, // the keys stand below
    overview: false,
    plugins: [RevealNotes],
    transition: "none",
    backgroundTransition: "none",
    viewDistance: 1000, // every slide is laid out at once, so that every picture can be measured
    mobileViewDistance: 1000,
  });

  // ------------------------------------------------ pictures and what stands above them

  // How many of a slide's moves have been made. The lines and images of a group replace each other:
  // the last one whose turn has come is seen.
  const made = (slide) => every(".move.visible", slide).length;

  function showParts(slide) {
    const place = made(slide);
    for (const group of every(".captions, .picture", slide)) {
      const parts = every(":scope > .at", group);
      const now = parts.filter((part) => Number(part.dataset.at) <= place).at(-1);
      for (const part of parts) part.classList.toggle("now", part === now);
    }
    const frame = slide.querySelector("[data-moves]");
    if (frame && frame.place !== place) setPicture(frame, place, movesOf(frame)[frame.place ?? 0]);
  }

  // What the teacher has painted or typed stays as long as no step changes the image or the kernel.
  function setPicture(frame, place, before = {}) {
    frame.place = place;
    const { model } = frame.querySelector(".living");
    const own = (name, value) => ["image", "kernel"].includes(name) && JSON.stringify(value) === JSON.stringify(before[name]);
    const values = Object.entries(movesOf(frame)[place]).filter(([name, value]) => !own(name, value));
    // First back to the first place: a large step may mean too much with the new values.
    if (values.some(([name]) => name === "step") && values.some(([name]) => name !== "step")) model.set("step", 0);
    for (const [name, value] of values) model.set(name, value);
  }

  const movesOf = (frame) => JSON.parse(frame.dataset.moves);

  // A picture is laid out as if its room were smaller and then enlarged: `scale` is the largest with
  // which nothing of it, whatever its moves set it to, is cut off.
  function tryScale(frame, scale) {
    const place = frame.querySelector(".living");
    place.style.width = `${frame.clientWidth / scale}px`;
    place.style.transform = `scale(${scale})`;
  }

  function fits(frame, scale) {
    const place = frame.querySelector(".living");
    const moves = frame.dataset.moves ? movesOf(frame).length : 0;
    const before = frame.place ?? 0;
    frame.tallest = 0;
    const inside = () => {
      frame.tallest = Math.max(frame.tallest, place.offsetHeight * scale);
      const broken = place.firstElementChild.shadowRoot.querySelector(".cw-rows"); // one below the other
      return !broken && frame.tallest <= frame.clientHeight && place.scrollWidth <= place.clientWidth;
    };
    if (!moves) return inside();
    let all = true;
    for (let place = 0; place < moves && all; place++) {
      setPicture(frame, place);
      all = inside();
    }
    setPicture(frame, before);
    return all;
  }

  const laidOut = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  let fitting = 0;

  async function fitPictures() {
    const turn = ++fitting;
    delete document.body.dataset.ready;
    const frames = every(".picture:has(> .alive)").map((frame) => ({ frame, low: 0.3 * rem(), high: 2.2 * rem() }));
    for (let round = 0; round < 8; round++) {
      for (const one of frames) tryScale(one.frame, (one.low + one.high) / 2);
      await laidOut(); // the pictures hear of their new width
      if (turn !== fitting) return;
      for (const one of frames) {
        const middle = (one.low + one.high) / 2;
        if (fits(one.frame, middle)) one.low = middle;
        else one.high = middle;
      }
    }
    for (const { frame, low } of frames) tryScale(frame, low);
    await laidOut();
    if (turn !== fitting) return;
    for (const { frame, low } of frames) {
      fits(frame, low);
      frame.querySelector(".living").style.top = `${(frame.clientHeight - frame.tallest) / 2}px`;
    }
    document.body.dataset.ready = "true";
  }

  const rem = () => parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;

  // ------------------------------------------------ predictions

  const choices = new Map(kept()); // question -> place of the option; two slides ask the same

  // A page that is loaded anew still knows what the room has chosen.
  function kept() {
    try {
      return JSON.parse(sessionStorage.choices);
    } catch {
      return [];
    }
  }

  function showChoice(prediction) {
    const chosen = choices.get(prediction.dataset.question);
    every("button", prediction).forEach((option, place) => option.setAttribute("aria-pressed", place === chosen));
  }

  function choose(prediction, place) {
    if (place >= every("button", prediction).length) return;
    choices.set(prediction.dataset.question, place);
    try {
      sessionStorage.choices = JSON.stringify([...choices]);
    } catch {} // where a page may keep nothing, it is forgotten
    every(".prediction").forEach(showChoice);
  }

  for (const prediction of every(".prediction")) {
    prediction.classList.toggle("revealed", "answer" in prediction.dataset);
    showChoice(prediction);
    every("button", prediction).forEach((option, place) =>
      option.addEventListener("click", () => {
        choose(prediction, place);
        option.blur(); // the next Space goes on
      }),
    );
  }

  // ------------------------------------------------ keys

  const ON = ["PageDown", "ArrowRight", "ArrowDown", " "];
  const BACK = ["PageUp", "ArrowLeft", "ArrowUp"];
  const BUTTONS = {
    n: ["Step to the next place", "Step", "Add layer"],
    p: ["Back one place", "Back one step", "Remove layer"],
    Home: ["First place", "Start again"],
    End: ["Last place"],
  };
  const help = document.querySelector(".help");

  // All slides in a list: the arrows choose one, Enter or a click goes there.
  const list = document.querySelector(".list");

  function showList() {
    const here = deck.getIndices().h;
    const rows = every(".slides > section").map((slide, place) => {
      const row = document.createElement("li");
      const title = slide.querySelector(".asked, h1, blockquote, h2, .words").textContent;
      const kind = slide.querySelector(".prediction") ? (slide.querySelector("[data-answer]") ? "Answer: " : "Prediction: ") : "";
      const go = row.appendChild(document.createElement("button"));
      go.textContent = kind + title;
      go.toggleAttribute("aria-current", place === here);
      go.addEventListener("click", () => {
        list.close();
        deck.slide(place, 0, -1);
      });
      return row;
    });
    list.firstElementChild.replaceChildren(...rows);
    list.showModal();
    every("button", list)[here].focus();
  }

  function inList(event) {
    const all = every("button", list);
    const by = ON.includes(event.key) && event.key !== " " ? 1 : BACK.includes(event.key) ? -1 : 0;
    if (by) all[Math.min(Math.max(all.indexOf(document.activeElement) + by, 0), all.length - 1)].focus();
    else if (event.key.toLowerCase() === "o") list.close();
    else return; // Enter, Tab and Escape are the browser's own
    event.preventDefault();
    event.stopPropagation();
  }

  function go(on, whole) {
    if (deck.isPaused()) return deck.togglePause(false);
    if (whole) return deck.slide(deck.getIndices().h + (on ? 1 : -1), 0, on ? -1 : undefined);
    on ? deck.next() : deck.prev();
  }

  // The same as pressing the picture's own button.
  function press(names) {
    const shadow = deck.getCurrentSlide().querySelector(".alive > div:first-child")?.shadowRoot;
    for (const name of names) shadow?.querySelector(`button[aria-label="${name}"]`)?.click();
  }

  function act(key, shift) {
    const prediction = deck.getCurrentSlide().querySelector(".prediction");
    const link = deck.getCurrentSlide().querySelector(".next a");
    const name = key.length === 1 ? key.toLowerCase() : key;
    if (ON.includes(key)) go(!(key === " " && shift), shift && key !== " ");
    else if (BACK.includes(key)) go(false, shift);
    else if (key === "0") every("[data-moves]", deck.getCurrentSlide()).forEach((frame) => setPicture(frame, frame.place));
    else if (name in BUTTONS) press(BUTTONS[name]);
    else if (/^[1-9]$/.test(key) && prediction) choose(prediction, Number(key) - 1);
    else if ((name === "r" || key === "Enter") && prediction) prediction.classList.toggle("revealed");
    else if (key === "Enter" && link) link.click();
    else if (name === "b" || key === ".") deck.togglePause();
    else if (name === "f") document.documentElement.requestFullscreen();
    else if (name === "o") showList();
    else if (name === "s") deck.getPlugin("notes").open();
    else if (key === "?") help.open ? help.close() : help.showModal();
    else return false;
    return true;
  }

  // Before anybody else: a picture keeps the keys pressed in it for itself, all but those of a clicker.
  document.addEventListener(
    "keydown",
    (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (list.open) return inList(event);
      const { key } = event;
      const within = event.target.closest?.(".living, a");
      if (within && key === "Escape") setTimeout(() => document.activeElement.blur()); // after the picture's own
      if (within && !["PageDown", "PageUp"].includes(key)) return;
      if (help.open && key !== "?") return help.close();
      if (!act(key, event.shiftKey)) return;
      event.preventDefault();
      event.stopPropagation();
    },
    true,
  );

  // A printed page is as large as the window, so that every picture fits as it does there. The class
  // keeps reveal.js from printing in its own way.
  const sheet = document.head.appendChild(document.createElement("style"));
  const paper = () => (sheet.textContent = `@page { size: ${innerWidth}px ${innerHeight}px; margin: 0 }`);

  // ------------------------------------------------ start

  const show = () => every(".slides > section").forEach(showParts);
  deck.on("slidechanged", () => document.activeElement?.blur());
  for (const change of ["slidechanged", "fragmentshown", "fragmenthidden"]) deck.on(change, show);
  deck.initialize().then(() => {
    show();
    fitPictures();
    paper();
    addEventListener("resize", fitPictures);
    addEventListener("resize", paper);
    document.documentElement.classList.add("print-pdf");
  });
})();
