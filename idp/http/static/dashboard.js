// Draws what the table beside says, and asks for newer numbers while somebody looks.
const EVERY_MS = 10000;
const place = document.getElementById("dashboard");
const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const clock = (minute) => new Intl.DateTimeFormat("zh-CN", { timeZone: "Asia/Shanghai", hour: "2-digit", minute: "2-digit", hour12: false }).format(new Date(minute * 1000));

const options = (element, names) => {
  const axis = { stroke: style("--ink-3"), grid: { stroke: style("--line") }, ticks: { stroke: style("--line") } };
  const looks = [
    { stroke: style("--dai"), width: 2 },
    { stroke: style("--danger"), width: 2, dash: [6, 4] }, // told apart without colour
  ];
  return {
    width: Math.max(240, element.clientWidth),
    height: 220,
    scales: { y: { range: (_, least, most) => [0, Math.max(5, most)] } },
    axes: [{ ...axis, values: (_, minutes) => minutes.map(clock) }, { ...axis, size: 60 }],
    series: [
      { label: place.dataset.time, value: (_, minute) => (minute === null ? "–" : clock(minute)) },
      ...names.map((name, number) => ({ label: element.dataset[name], ...looks[number] })),
    ],
  };
};

const charts = [];
const draw = (Plot, told) => {
  for (const element of document.querySelectorAll("[data-chart]")) {
    const names = element.dataset.chart.split(" ");
    const data = [told.minutes, ...names.map((name) => told[name])];
    const known = charts.find((each) => each.element === element);
    if (known) known.plot.setData(data);
    else charts.push({ element, plot: new Plot(options(element, names), data, element) });
  }
};

const tell = (told) => {
  const series = Array.from(document.querySelectorAll("[data-total]"), (each) => each.dataset.total);
  for (const each of document.querySelectorAll("[data-total]")) {
    each.textContent = told[each.dataset.total].reduce((sum, number) => sum + number, 0);
  }
  const rows = place.querySelectorAll("tbody tr");
  told.minutes.slice().reverse().forEach((minute, number) => {
    if (!rows[number]) return;
    const [time, ...cells] = rows[number].children;
    time.textContent = clock(minute);
    cells.forEach((cell, column) => { cell.textContent = told[series[column]][told.minutes.indexOf(minute)]; });
  });
};

const look = async () => {
  if (document.hidden) return;
  const answer = await fetch(place.dataset.url, { headers: { Accept: "application/json" } });
  const kind = answer.headers.get("content-type") || "";
  if (!answer.ok || !kind.startsWith("application/json")) return; // signed out: the next click says so
  const told = await answer.json();
  tell(told);
  const { default: Plot } = await import(place.dataset.drawing); // older browsers keep to the table
  draw(Plot, told);
};

if (place) {
  const again = () => look().catch(() => {});
  again();
  setInterval(again, EVERY_MS);
  document.addEventListener("visibilitychange", again);
  window.addEventListener("resize", () => {
    for (const { element, plot } of charts) plot.setSize({ width: Math.max(240, element.clientWidth), height: 220 });
  });
}
