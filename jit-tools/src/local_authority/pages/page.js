// Keeps an open page up to date: it hears that something changed, asks for the same page again, and takes over what
// differs. Without scripts the page does all the same, once it is loaded again.
"use strict";

const now = () => Math.floor(Date.now() / 1000);
// The machine of the browser may go by another time than the authority.
let offset = Number(document.documentElement.dataset.now) - now();

function duration(seconds) {
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  if (hours) return minutes ? `${hours} h ${minutes} min` : `${hours} h`;
  if (minutes) return rest ? `${minutes} min ${rest} s` : `${minutes} min`;
  return `${rest} s`;
}

function tick() {
  let isOver = false;
  for (const each of document.querySelectorAll("[data-until]")) {
    const left = Math.max(0, Number(each.dataset.until) - now() - offset);
    if (each.localName === "progress") each.value = left;
    else each.textContent = duration(left);
    isOver ||= left === 0;
  }
  if (isOver) refresh();
}

let isLoading = false;
let isStale = false;

function refresh() {
  isStale = isLoading;
  if (isLoading) return;
  isLoading = true;
  const call = new XMLHttpRequest();
  call.open("GET", location.href);
  // The browser parses the answer, and runs nothing in it.
  call.responseType = "document";
  call.onloadend = () => {
    isLoading = false;
    if (call.status === 200 && call.response) take(call.response);
    else if (call.status === 403) location.reload();
    if (isStale) refresh();
  };
  call.send();
}

function take(fresh) {
  offset = Number(fresh.documentElement.dataset.now) - now();
  document.title = fresh.title;
  for (const part of document.querySelectorAll("[data-live]")) {
    const next = fresh.getElementById(part.id);
    if (!next) continue;
    if (part.dataset.live === "items") merge(part, next);
    else replace(part, next);
  }
}

// Items come and go; one that stays is left alone, since a person may be writing in it.
function merge(list, next) {
  const hadFocus = list.contains(document.activeElement);
  for (const item of [...list.children]) {
    if (!next.querySelector(`#${CSS.escape(item.id)}`)) item.remove();
  }
  let place = list.firstElementChild;
  for (const item of next.children) {
    if (place?.id === item.id) place = place.nextElementSibling;
    else list.insertBefore(document.importNode(item, true), place);
  }
  if (hadFocus && !list.contains(document.activeElement)) document.querySelector("h1").focus();
}

function replace(part, next) {
  // What is the same is not read out again.
  if (part.textContent === next.textContent) return;
  const name = (each) => each.id || each.getAttribute("href");
  const focused = part.contains(document.activeElement) ? name(document.activeElement) : null;
  const isOpen = [...part.querySelectorAll("details")].map((each) => each.open);
  part.replaceChildren(...[...next.childNodes].map((each) => document.importNode(each, true)));
  if (isOpen.length === part.querySelectorAll("details").length) {
    part.querySelectorAll("details").forEach((each, index) => { each.open = isOpen[index]; });
  }
  if (focused) [...part.querySelectorAll("a, button")].find((each) => name(each) === focused)?.focus();
}

const connection = document.getElementById("connection");
let source;

function listen() {
  source = new EventSource(document.documentElement.dataset.events);
  source.onopen = () => { connection.hidden = true; };
  source.onmessage = refresh;
  source.onerror = () => { connection.hidden = false; };
  // The authority ends, or a newer page took this one's place.
  source.addEventListener("bye", () => { source.close(); connection.hidden = false; });
}

document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible" && source.readyState === EventSource.CLOSED) listen();
});
listen();
setInterval(tick, 1000);
