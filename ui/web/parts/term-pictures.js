// A small picture for the card of each term: text for innerHTML, in the colours of the page.

const AXES = '<path class="thin" d="M8 40H88M48 4V76"/>';
const dot = (/** @type {number} */ x, /** @type {number} */ y) => `<circle class="full" cx="${x}" cy="${y}" r="4"/>`;
const image = (/** @type {number} */ x) => `<rect x="${x}" y="24" width="32" height="32"/><path class="strong" d="M${x + 9} 32h14l-8 17"/>`; // of a seven
const arrow = (/** @type {number} */ from, /** @type {number} */ to) => `<path d="M${from} 40H${to}M${to - 6} 35l6 5-6 5"/>`;
const bell = (/** @type {number} */ x, /** @type {number} */ half, /** @type {number} */ top) => `M${x - half} 68C${x - half / 3} 68 ${x - half / 3} ${top} ${x} ${top}S${x + half / 3} 68 ${x + half} 68`;
const cell = (/** @type {number} */ x, /** @type {number} */ y, /** @type {number} */ share) => `<rect class="full" x="${x}" y="${y}" width="15" height="15" opacity="${share}"/>`;

/** By the names in words.terms. */
const DRAWN = {
  code: `${AXES}${dot(66, 26)}<path class="thin" stroke-dasharray="3 3" d="M66 26V40M66 26H48"/>`,
  encoder: image(6) + arrow(44, 70) + dot(84, 40),
  decoder: dot(12, 40) + arrow(24, 50) + image(58),
  prior: `${AXES}<circle cx="48" cy="40" r="12"/><circle cx="48" cy="40" r="24"/><circle class="thin" cx="48" cy="40" r="35"/>`,
  guess: `${AXES}<ellipse cx="62" cy="28" rx="15" ry="9" transform="rotate(-25 62 28)"/>${dot(62, 28)}`,
  posterior: `${AXES}<ellipse class="full" opacity="0.8" cx="30" cy="28" rx="9" ry="6"/><ellipse class="full" opacity="0.4" cx="66" cy="50" rx="8" ry="11"/>`,
  nat: '<rect class="full" x="8" y="22" width="80" height="10"/><text x="48" y="17" text-anchor="middle">1</text><rect x="8" y="46" width="55.5" height="10"/><rect x="63.5" y="46" width="24.5" height="10"/><text x="48" y="72" text-anchor="middle">1.44</text>',
  rate: `<circle cx="48" cy="40" r="34"/><ellipse class="full" opacity="0.8" cx="60" cy="34" rx="8" ry="5"/><path class="thin" d="M14 40h36"/>`,
  distortion: `${image(4)}<text x="48" y="46" text-anchor="middle">−</text><rect x="60" y="24" width="32" height="32"/><path class="soft" d="M69 32h14l-8 17"/>`,
  elbo: '<path class="strong" d="M8 12H88"/><text x="90" y="27" text-anchor="end">log p(x)</text><path class="thin" stroke-dasharray="3 3" d="M8 34H88"/><text x="90" y="49" text-anchor="end">ELBO</text><path d="M18 13V33M14 28l4 5 4-5"/>',
  kl: `<path class="strong" d="${bell(36, 30, 14)}"/><path d="${bell(58, 36, 30)}"/><path class="thin" d="M4 68H94"/>`,
  evidence: `${[0.1, 0.3, 0.2, 0.1, 0.4, 1, 0.5, 0.2, 0.1, 0.3, 0.2, 0.1].map((share, k) => cell(6 + 16 * (k % 4), 14 + 17 * Math.floor(k / 4), share)).join("")}<text x="76" y="46">Σ</text>`,
};

/** @param {string} name a key of DRAWN */
export const termPicture = (name) => `<svg class="term-picture" viewBox="0 0 96 80" aria-hidden="true">${DRAWN[name]}</svg>`;
