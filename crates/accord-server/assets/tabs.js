// The current tab of a case stands where it can be seen, also where the tabs are wider than the window.
(function () {
  function show() {
    var at = document.querySelector(".tabs [aria-current]");
    var row = at && at.closest("ul");
    if (row) row.scrollLeft = at.offsetLeft - (row.clientWidth - at.offsetWidth) / 2;
  }
  document.addEventListener("DOMContentLoaded", show);
  window.addEventListener("resize", show);
})();
