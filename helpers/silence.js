// What is said where Python is asked and does not answer. The page cannot know whether Python is
// busy or gone, so it says what to do in either case.

const PATIENCE = 2000; // milliseconds
const SILENT = "Python does not answer yet. If a cell is running, wait for it. If none is, Python has stopped: run all cells again.";
