// Says what each app has heard without loading the page again. Without this the page loads itself anew instead.
const summary = document.querySelector("[data-news]");
if (summary) {
  const rows = document.querySelectorAll("[data-app]");
  const look = async (times) => {
    const answer = await fetch(`${summary.dataset.news}?look=${times}`, { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    const news = await answer.json();
    if (news.apps.length !== rows.length) return;
    rows.forEach((row, number) => {
      for (const each of row.querySelectorAll("[data-told]")) {
        each.hidden = !each.dataset.told.split(" ").includes(news.apps[number]);
      }
    });
    // Screen readers are told only what changed.
    if (summary.textContent !== news.summary) summary.textContent = news.summary;
    document.querySelector("[data-look-again]").hidden = news.is_over;
    if (!news.is_over) setTimeout(look, 2000, times + 1);
  };
  setTimeout(look, 1000, 1);
}
