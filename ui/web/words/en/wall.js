// The class wall.

export const meant = "I meant";
export const unsaid = "I do not say";
export const send = "Send to the class";
export const noPicture = "Draw something first, then send it.";
export const sending = "Your code is on its way.";
export const waiting = "It did not get through yet. The page tries again by itself.";
export const sent = (/** @type {string} */ z, /** @type {string | null} */ label) => (label === null ? `Your code ${z} is on the teacher's map.` : `Your code ${z} is on the teacher's map, meant as “${label}”.`);
export const failed = (/** @type {string} */ reason) => `Your code could not be sent (${reason}). Press the button to try again.`;
export const help = (/** @type {string} */ model) => `Each pin is the code of a student's drawing, in the colour of the class that was meant. Behind them are the test codes of ${model}: everybody should use this model.`;
export const count = (/** @type {number} */ n) => (n === 0 ? "No pin is here yet." : n === 1 ? "One pin is here." : `${n} pins are here.`);
export const map = (/** @type {number} */ n) => `This map shows the codes that the class sent: ${n} so far.`;
export const clear = "Clear the wall";
export const sure = "Press once more: all pins go";
export const cleared = "The wall is cleared.";
export const lost = "The server does not answer. The page asks it again.";
export const refused = "This address is not the teacher's, or the server was started anew. Open the address that app.py printed.";
