// What goes wrong, named by a key: the page says it in its language.

export class Fault extends Error {
  /** @param {string} key of a sentence: in words.errors, unless whoever throws it says otherwise
   * @param {any[]} details what the sentence is told */
  constructor(key, ...details) {
    super([key, ...details].join(" ")); // for programs
    this.key = key;
    this.details = details;
  }
}

/** fetch(), whose failure is a Fault.
 * @param {string | URL} url
 * @param {RequestInit} [options] */
export async function request(url, options) {
  const response = await fetch(url, options).catch(unlessStopped(options?.signal));
  if (!response.ok) throw new Fault("status", response.status);
  return response;
}

/** What follows when the network fails, unless it is the visitor who stopped it.
 * @param {AbortSignal} [signal]
 * @returns {(error: Error) => never} */
export const unlessStopped = (signal) => (error) => { throw signal?.aborted ? error : new Fault("unreachable"); };
