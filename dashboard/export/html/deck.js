"use strict";
(() => {
  const deck = document.getElementById("deck");
  const slides = [...deck.querySelectorAll(".slide")];
  const bar = document.getElementById("bar");
  const notes = document.getElementById("notes");
  const help = document.getElementById("help");
  const said = document.getElementById("said");
  const place = document.getElementById("place");
  const width = Number(deck.dataset.width);
  const height = Number(deck.dataset.height);
  const framed = window.parent !== window;
  const began = Date.now();
  const drawn = new Set();
  const settings = {
    displayModeBar: false, scrollZoom: false, doubleClick: false, showTips: false, responsive: false,
  };
  let here = -1;
  let digits = "";
  let pointing = 0;
  let touch = null;

  const tell = (message) => {
    if (framed) window.parent.postMessage(message, "*");
  };
  const isOverview = () => document.body.classList.contains("overview");

  function draw(slide) {
    if (drawn.has(slide)) return;
    drawn.add(slide);
    for (const holder of slide.querySelectorAll(".plot")) {
      const figure = JSON.parse(holder.nextElementSibling.textContent);
      Plotly.newPlot(holder, figure.data, figure.layout, settings);
    }
  }

  // A text is measured only where it is shown.
  function drawAll() {
    const away = slides.filter((slide) => slide.hidden);
    for (const slide of away) slide.hidden = false;
    for (const slide of slides) draw(slide);
    if (!isOverview()) for (const slide of away) slide.hidden = true;
  }

  function fit() {
    const free = notes.hidden ? innerHeight : innerHeight - notes.offsetHeight;
    const scale = isOverview() ? Math.min(0.25, (innerWidth - 60) / width) : Math.min(innerWidth / width, free / height);
    const root = document.body.style;
    root.setProperty("--scale", String(scale));
    root.setProperty("--left", `${Math.max(0, (innerWidth - width * scale) / 2)}px`);
    root.setProperty("--top", `${Math.max(0, (free - height * scale) / 2)}px`);
  }

  function shrink(slide) {
    const headline = slide.querySelector(".headline");
    if (!headline) return;
    let size = parseFloat(getComputedStyle(headline).fontSize);
    while (headline.scrollHeight > headline.clientHeight + 1 && size > 16) {
      size -= 1;
      headline.style.fontSize = `${size}px`;
    }
  }

  function remember(index) {
    try {
      history.replaceState(null, "", `#${index + 1}`);
    } catch {
      // A page without an address of its own, as in a frame, has none to change.
    }
  }

  function show(index, quiet) {
    const next = Math.min(Math.max(index, 0), slides.length - 1);
    const slide = slides[next];
    if (next === here && !slide.hidden) return;
    here = next;
    slides.forEach((other, number) => {
      other.hidden = !isOverview() && number !== here;
      other.classList.toggle("here", number === here);
    });
    draw(slide);
    shrink(slide);
    place.textContent = `${here + 1} / ${slides.length}`;
    if (!quiet) {
      said.textContent = slide.getAttribute("aria-label");
      remember(here);
      tell({ type: "vledger-slide", slide: here + 1 });
    }
    tellNotes();
  }

  function tellNotes() {
    if (notes.hidden) return;
    const own = slides[here].querySelector(".notes");
    const following = slides[here + 1];
    document.getElementById("words").replaceChildren(...(own ? own.content.cloneNode(true).childNodes : []));
    document.getElementById("next").textContent = following
      ? `Next: ${following.dataset.headline}`
      : "This is the last slide.";
    tick();
  }

  function tick() {
    if (notes.hidden) return;
    const passed = Math.floor((Date.now() - began) / 1000);
    const seconds = String(passed % 60).padStart(2, "0");
    const now = new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    document.getElementById("clock").textContent = `${now} · ${Math.floor(passed / 60)}:${seconds} since the start`;
  }

  function toggleNotes() {
    notes.hidden = !notes.hidden;
    fit();
    tellNotes();
  }

  function toggleOverview() {
    const on = !isOverview();
    document.body.classList.toggle("overview", on);
    fit();
    slides.forEach((slide, number) => {
      slide.hidden = !on && number !== here;
    });
    if (on) {
      slides[here].querySelector(".open").focus();
      slides[here].scrollIntoView({ block: "nearest" });
      // One figure at a time: the grid answers while they are drawn.
      const rest = slides.filter((slide) => !drawn.has(slide));
      const step = () => {
        if (rest.length && isOverview()) {
          draw(rest.shift());
          setTimeout(step, 0);
        }
      };
      setTimeout(step, 0);
    } else {
      deck.focus({ preventScroll: true });
    }
  }

  function toggleFull() {
    if (document.fullscreenElement) document.exitFullscreen();
    else document.documentElement.requestFullscreen?.().catch(() => {});
  }

  function toggleHelp() {
    if (help.open) help.close();
    else help.showModal();
  }

  function escape() {
    const open = document.querySelector("details[open]");
    if (help.open) help.close();
    else if (open) open.open = false;
    else if (isOverview()) toggleOverview();
    else if (!notes.hidden) toggleNotes();
    else tell({ type: "vledger-leave" });
  }

  const steps = {
    ArrowRight: () => show(here + 1), ArrowDown: () => show(here + 1), PageDown: () => show(here + 1),
    " ": () => show(here + 1), ArrowLeft: () => show(here - 1), ArrowUp: () => show(here - 1),
    PageUp: () => show(here - 1), Backspace: () => show(here - 1), Home: () => show(0),
    End: () => show(slides.length - 1), o: toggleOverview, n: toggleNotes, f: toggleFull, "?": toggleHelp,
    Escape: escape,
  };
  const actions = {
    back: () => show(here - 1), on: () => show(here + 1), overview: toggleOverview, notes: toggleNotes,
    full: toggleFull, help: toggleHelp,
  };

  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const control = event.target.closest?.("button, a, summary, pre");
    if (/^[0-9]$/.test(event.key)) {
      digits = (digits + event.key).slice(-3);
      return;
    }
    if (event.key === "Enter" && digits) {
      event.preventDefault();
      show(Number(digits) - 1);
      digits = "";
      return;
    }
    digits = "";
    const step = steps[event.key];
    // A control keeps its own keys, and an open dialog all but the one that closes it.
    if (!step || (control && [" ", "Enter"].includes(event.key))) return;
    if (help.open && !["Escape", "?"].includes(event.key)) return;
    if (event.target.closest?.("pre") && event.key !== "Escape") return;
    event.preventDefault();
    if (isOverview() && event.key.startsWith("Arrow")) {
      step();
      slides[here].querySelector(".open").focus();
      slides[here].scrollIntoView({ block: "nearest" });
    } else {
      step();
    }
  });

  bar.addEventListener("click", (event) => {
    const action = actions[event.target.closest("button")?.dataset.action];
    if (action) action();
  });
  document.getElementById("close").addEventListener("click", toggleHelp);
  deck.addEventListener("click", (event) => {
    const open = event.target.closest(".open");
    if (open) {
      here = slides.indexOf(open.closest(".slide")) - 1;
      show(here + 1);
      toggleOverview();
    }
    const copy = event.target.closest(".copy");
    if (copy) copyFrom(copy);
  });

  function copyFrom(button) {
    const text = button.parentElement.querySelector("pre");
    getSelection().selectAllChildren(text);
    const done = () => {
      button.textContent = "Copied";
    };
    // A file opened from a disk has no clipboard of the newer kind everywhere.
    if (navigator.clipboard) navigator.clipboard.writeText(text.textContent).then(done, () => {});
    else if (document.execCommand("copy")) done();
  }

  deck.addEventListener("touchstart", (event) => {
    touch = event.touches.length === 1 ? event.touches[0] : null;
  }, { passive: true });
  deck.addEventListener("touchend", (event) => {
    if (!touch) return;
    const across = event.changedTouches[0].clientX - touch.clientX;
    const down = event.changedTouches[0].clientY - touch.clientY;
    touch = null;
    if (Math.abs(across) > 50 && Math.abs(across) > 1.5 * Math.abs(down)) show(here + (across < 0 ? 1 : -1));
  }, { passive: true });

  addEventListener("mousemove", () => {
    document.body.classList.add("pointer");
    clearTimeout(pointing);
    pointing = setTimeout(() => document.body.classList.remove("pointer"), 2500);
  });
  addEventListener("resize", fit);
  addEventListener("hashchange", () => {
    const wanted = Number(location.hash.slice(1));
    if (wanted) show(wanted - 1);
  });
  addEventListener("beforeprint", drawAll);
  setInterval(tick, 1000);

  fit();
  show((Number(location.hash.slice(1)) || Number(deck.dataset.start)) - 1, true);
  if (location.hash === "#print") {
    drawAll();
    for (const slide of slides) {
      slide.hidden = false;
      shrink(slide);
    }
  }
  window.focus();
  deck.focus({ preventScroll: true });
})();
