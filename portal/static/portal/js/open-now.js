// Says of each line how it stands at the visitor's moment. The server wrote from which moments on (in UTC) which of
// its sentences hold, so nothing here knows of time zones or languages. Without this module the hours are listed.
const KINDS = { "+": "open", "-": "closed", "=": "other" };

const lines = [...document.querySelectorAll("[data-moments]")].map((element) => {
  const words = element.dataset.words.split("|");
  const numbers = element.dataset.moments.split(" ").map(Number);
  const periods = [];
  let minute = 0;
  for (let place = 0; place < numbers.length; place += 2) {
    minute += numbers[place];
    periods.push({ from: minute * 60000, words: words[numbers[place + 1]] }); // the last has none: too old by then
  }
  return { element, periods, said: undefined };
});

function say() {
  const now = Date.now();
  for (const line of lines) {
    let words;
    for (const period of line.periods) {
      if (period.from <= now) words = period.words;
    }
    if (words === line.said) continue;
    line.said = words;
    line.element.hidden = !words;
    line.element.textContent = words ? words.slice(1) : "";
    line.element.dataset.state = words ? KINDS[words[0]] : "";
  }
}

function sayEveryMinute() {
  say();
  setTimeout(sayEveryMinute, 60000 - (Date.now() % 60000));
}

if (lines.length) {
  sayEveryMinute();
  // A telephone stops the clock of a page that it does not show.
  document.addEventListener("visibilitychange", say);
  addEventListener("pageshow", say);
}
