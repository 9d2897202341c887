// Asking a route: once, or until its answer is there.

export const HOME = new URL("../../", import.meta.url); // of the routes; what lies below it carries the version
const LATER = 429; // status of an answer that will come: too many wait at this moment
const AGAIN = 150; // ms before what is being computed is asked for again
const RETRY = { first: 500, longest: 4000 }; // ms before a server that did not answer is asked again

/**
 * An answer of a route. An error that may pass, because the server was not there, broke off or is asked too much, says so.
 * @param {string} name of the figure
 * @param {URLSearchParams} parameters
 * @returns {Promise<import("./live.js").Answer | import("./live.js").Progress>}
 */
export async function ask(name, parameters) {
  const passing = (error) => Object.assign(error, { isPassing: true });
  const asked = new URL(`${name}?${parameters}`, HOME);
  const response = await fetch(asked).catch((error) => Promise.reject(passing(error)));
  const answer = await response.json().catch((error) => Promise.reject(passing(error)));
  if (response.ok) return answer;
  const refused = Object.assign(new Error("frame refused"), { sentence: answer.problem });
  throw response.status < 500 && response.status !== LATER ? refused : passing(refused);
}

/**
 * An answer of a route, however long it takes.
 * @param {string} name of the figure
 * @param {URLSearchParams} parameters
 * @param {() => boolean} isOver whether nobody waits any more
 * @param {{waits?: (answer: object) => void, passing?: (error: Error) => void}} tell what is told of each answer, and of
 *   each error that may pass
 * @returns {Promise<import("./live.js").Answer | null>} null where it is over
 */
export async function answered(name, parameters, isOver, { waits, passing } = {}) {
  for (let failures = 0; !isOver();) {
    try {
      const answer = await ask(name, parameters);
      waits?.(answer);
      if (answer.progress === undefined) return isOver() ? null : answer;
      await later(AGAIN);
    } catch (error) {
      if (!error.isPassing) throw error;
      passing?.(error);
      await later(Math.min(RETRY.first * 2 ** failures++, RETRY.longest));
    }
  }
  return null;
}

export function later(delay) {
  return new Promise((resolve) => setTimeout(resolve, delay));
}
