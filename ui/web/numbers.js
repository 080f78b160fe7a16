// How numbers are written on the page.

/** With so many digits after the point, and a true minus sign.
 * @param {number} value */
export const number = (value, digits = 2) => value.toFixed(digits).replace("-", "−");

/** A code: "(0.50, −1.20)".
 * @param {number[]} z */
export const shown = (z, digits = 2) => `(${z.map((value) => number(value, digits)).join(", ")})`;

/** A share: "12 %".
 * @param {number} share of 1 */
export const percent = (share, digits = 0) => `${number(100 * share, digits)} %`;
