// Asking the core: one wish, and what became of it, as a sentence where there is one.

import { csrf, sentence, word } from "./cards.js";

const ANSWER_MS = 10000;

export async function ask(wish) {
  try {
    const answer = await fetch("/api/ask", {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf },
      body: JSON.stringify(wish),
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    const told = await answer.json();
    return { done: answer.ok, facts: told.facts ?? [], again: answer.status === 503, said: sentence(told.error ?? "") };
  } catch (error) {
    if (error instanceof TypeError || error instanceof DOMException || error instanceof SyntaxError) {
      return { done: false, again: true, said: word("unreached") };
    }
    throw error;
  }
}
