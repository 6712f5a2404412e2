// How a page asks its server: with the token of its address, one question of a kind at a time.
"use strict";

const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? "";

/** Asks the server; an older question of the same kind is dropped. */
const pending = {};
async function ask(kind, parameters = {}, slot = kind) {
  pending[slot]?.abort();
  pending[slot] = new AbortController();
  const known = Object.entries(parameters).filter(([, value]) => value !== null);
  const response = await fetch(`/api/${kind}?${new URLSearchParams(known)}`, {
    headers: { Authorization: `Bearer ${token}` },
    signal: pending[slot].signal,
  });
  const answer = await response.json();
  if (response.ok) return answer;
  const { detail } = answer;
  throw new Error(typeof detail === "string" ? detail : detail.map((one) => `${one.loc.at(-1)}: ${one.msg}`).join("; "));
}

/** Does something, and says in the page what hinders it. */
async function guarded(action) {
  const problem = document.querySelector("#problem");
  try {
    await action();
    problem.hidden = true;
  } catch (error) {
    if (error.name === "AbortError") return;
    const isGone = error instanceof TypeError;
    problem.textContent = isGone ? `The server doesn't answer; is ${document.body.dataset.command} still running?` : error.message;
    problem.hidden = false;
  }
}

/** Offers a picture as a file. */
function save(source, name) {
  Object.assign(document.createElement("a"), { href: source, download: name }).click();
}
