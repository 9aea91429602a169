// The large form of a picture, for the back row of a room: see projector.py. Its sizes stand in the
// style sheets under .cw-large; the digits and row numbers of grids are measured in explorer_parts.js.

const READABLE = 20; // pixels: no letter is smaller
const isLarge = (element) => Boolean(element.closest(".cw-large"));

// Who comes into a large picture with the Tab key sees it from its top, unless the part that has the
// focus would then be out of sight. Returns the way to stop.
function showFromTop(root) {
  let entered = false;
  const come = (event) => (entered ||= !root.contains(event.relatedTarget));
  const rise = (event) => {
    const below = event.target.getBoundingClientRect().bottom - root.getBoundingClientRect().top;
    const fits = below < 0.75 * innerHeight;
    if (entered && fits && event.key === "Tab" && isLarge(root)) root.scrollIntoView({ block: "start" });
    entered = false;
  };
  root.addEventListener("focusin", come);
  root.addEventListener("keyup", rise);
  return () => {
    root.removeEventListener("focusin", come);
    root.removeEventListener("keyup", rise);
  };
}
