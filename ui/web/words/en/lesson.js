// The lesson: nine stops.

import { number, percent } from "../../numbers.js";

export const of = (/** @type {number} */ n, /** @type {number} */ all) => `Stop ${n} of ${all}`;
export const minutes = (/** @type {number} */ from, /** @type {number} */ to) => `minutes ${from} to ${to}`;
export const stopsLabel = "The stops of the lesson";
export const done = "done";
export const predict = "First predict";
export const truth = "What it is";
export const why = "Why";
export const formula = "The formula";
export const computed = "vae_core computes it here:";
export const back = "Back";
export const next = "Next";
export const skip = "Skip";
export const skipped = "You skipped the prediction.";
export const answer = "That is my answer";
export const again = "Answer anew";
export const failed = (/** @type {string} */ reason) => `This stop could not be set up: ${reason}.`;
export const working = "The lab is computing…";
export const modelMissing = (/** @type {string} */ name) => `This copy of the lab was made without the model ${name}, which this stop needs. The rest of the lesson works.`;
export const mySheet = "My sheet";
export const print = "Print";
export const save = "Save as a page";
export const reset = "Reset the lesson";
export const resetSure = "Press once more: all answers here are forgotten";
export const teacher = "For the teacher";
export const teacherKey = "T";
export const name = "Name";
export const date = "Date";
export const sheetTitle = "My sheet: what I predicted, and what it was";
export const notYet = "not answered";
export const worksheet = "Worksheet";
export const answers = "Answers";
export const plan = "The plan";
export const planColumns = ["Stop", "Minutes", "What the class predicts", "Answer"];
export const noNetwork = "No network in the room? The whole lab fits into one file: python -m ui.export lab.html --models mnist-vae mnist-ae mnist-beta1 mnist-beta4 mnist-beta025. It has 51 MB: carry it on a stick, or put it into the course's platform; it opens by double click, the lesson too.";
export const teacherHelp = "The key T opens and closes this page. On a projector choose the look Projector in the bar. Answers stay in each visitor's browser; nothing is sent. Reset gives the next class a clean lesson.";
export const stage = "The stage";
export const hereYou = "your answer";
export const hereTruth = "the truth";

export const sketch = "The map without pictures. Tap a place, or move the cross with the arrow keys and press Enter.";
export const sketchNamed = (/** @type {string} */ what) => `Map: ${what}`;
export const widths = ["How wide across (σ of z1)", "How wide up (σ of z2)"];
export const orderHelp = "Choose a place for each.";
export const placeOf = (/** @type {string} */ name) => `Place of ${name}`;
export const goOn = "Draw on: what do you expect below the line?";
export const score = (/** @type {number} */ right, /** @type {number} */ all) => `${right} of ${all} are right.`;
export const rightAnswer = "Right.";
export const wrongAnswer = (/** @type {string} */ right) => `Not quite. The answer is: ${right}`;
export const seen = "as the model sees it";
export const painted = "painted again";
export const mine = "what you drew";
export const mean = "the mean of all endings";
export const ending = (/** @type {number} */ k) => `ending ${k}`;
export const sample = "Sample";
export const sampled = (/** @type {string} */ mean, /** @type {string} */ std, /** @type {string} */ noise, /** @type {string} */ z) => `z = μ + σ ε = ${mean} + ${std} · ${noise} = ${z}`;
export const sampledPicture = "what the decoder paints there";
export const side = (/** @type {number} */ k) => `Model ${"AB"[k]}`;
export const isModel = (/** @type {number} */ k, /** @type {string} */ name, /** @type {number} */ lost) => `Model ${"AB"[k]} is ${name}: of 2,000 random codes, ${percent(lost, 1)} have no test code within 0.1.`;
export const randomCodes = (/** @type {number} */ k) => `30 pictures from random codes of model ${"AB"[k]}`;
export const rate = "rate";
export const distortion = "distortion";
export const nats = "nats";
export const score2 = (/** @type {number} */ logProb, /** @type {number} */ percentile) => `log p(x) = ${number(logProb, 1)} nats, lower than ${percent(1 - percentile / 100)} of the test images`;
export const items = {
  "mnist-beta025": "β = ¼", "mnist-beta1": "β = 1", "mnist-beta4": "β = 4",
  heart: "a heart", shoe: "a shoe", turned: "a 4 upside down",
};

/** What is said when prediction and truth stand together. */
export const truths = {
  two: (/** @type {string} */ you, /** @type {string} */ there, /** @type {number} */ away) => `You chose ${you}; the encoder says ${there}. That is ${number(away, 2)} away, where the whole map is about 6 wide.`,
  cloud: (/** @type {number[]} */ you, /** @type {number[]} */ there) => `You expected σ = (${you.map((value) => number(value, 2)).join(", ")}); the encoder says σ = (${there.map((value) => number(value, 3)).join(", ")}).`,
  which: (/** @type {boolean} */ right, /** @type {number} */ k) => `${right ? "You are right" : "It is the other one"}: model ${"AB"[k]} is the plain autoencoder.`,
  order: (/** @type {string[]} */ you, /** @type {string[]} */ there) => `You said: ${you.join(", ")}. It is: ${there.join(", ")}.`,
  bound: (/** @type {boolean} */ right, /** @type {number} */ modes) => `${right ? "You are right" : "It does not"}: ${modes} separate places explain this picture.`,
  gap: (/** @type {number} */ logProb, /** @type {number} */ elbo) => `log p(x) = ${number(logProb, 2)} nats, ELBO = ${number(elbo, 2)} nats: the gap is ${number(logProb - elbo, 2)} nats.`,
  bits: (/** @type {number} */ bits) => `From the upper half alone the model learns ${number(bits, 1)} bits about the code.`,
};

/** Of each stop: title, text, question, options if there are some, why, and the answer for the teacher. */
export const stops = [
  {
    title: "Play",
    text: "Draw a digit on the pad. The encoder makes two numbers of it, its code: that is the pin on the map. The decoder paints a picture from those two numbers alone. Drag the pin and watch.",
    question: "", options: [],
    why: ["All that is kept of 784 pixels are two numbers, so the picture comes back smooth and a little different.", "Every place of the plane is a picture: the map is all that this decoder can paint."],
    key: "Nothing is predicted here: let them play.",
  },
  {
    title: "Two numbers",
    text: "Here is a seven with a bar. The encoder has never heard of bars or sevens: it only learned from pictures which places let the decoder paint them again.",
    question: "Where on the map will it land?", options: [],
    why: ["Two numbers are a bottleneck: pictures that look alike must share a place, so sevens lie together, next to nines and fours.", "Now draw a letter: the encoder has never seen one, and still it must put it somewhere, so it becomes the most similar digit."],
    key: "Among the sevens (yellow), near the nines. A letter lands at the digit that looks most like it.",
  },
  {
    title: "A cloud, not a point",
    text: "The encoder does not answer with a place but with a cloud: a mean μ and a width σ for each number. In training a code is drawn from that cloud every time.",
    question: "How large is the cloud of this seven? Set its two widths.", options: [],
    why: ["Because codes are drawn from the cloud, all the places in it must paint nearly the same picture: that is what makes the map smooth.", "The draw is written as μ + σ ε, so that the gradient reaches μ and σ: the noise ε is drawn apart, and nothing has to be differentiated through it."],
    key: "A few hundredths to a tenth of a unit: much smaller than a cluster. Gradients go through μ and σ, not through ε.",
  },
  {
    title: "Holes",
    text: "Two models, trained alike, with one difference: one adds no noise and has no KL term, it is a plain autoencoder; the other is a VAE. Here are 30 pictures of each, from the same 30 random codes.",
    question: "Which one is the plain autoencoder?", options: ["Model A", "Model B"],
    why: ["Nothing told the autoencoder to use the whole plane: between its codes are holes, where the decoder was never trained and paints mixtures and scraps, not static noise.", "The KL term pulls all clouds towards N(0, I), so that a random code is nearly always one that training has seen."],
    key: "The one with more scraps. The share of random codes far from any test code is shown below both.",
  },
  {
    title: "The bill",
    text: "A VAE pays twice: the rate, in nats, for what the code says of the picture, and the distortion for what the picture still lacks. β is the price of the rate. These three models differ in β alone.",
    question: "Order the three by how sharply they will paint your picture: the sharpest first.", options: [],
    why: ["A high price makes the code say less: the rate falls, the distortion rises, and pictures become blurred averages; both terms are sums, over two numbers and 784 pixels.", "Who takes the mean over 784 pixels instead of the sum has set β = 784 without knowing, and wonders why all pictures look the same; and a rate that rises in training is no failure, it is the code learning to speak."],
    key: "β = ¼, 1, 4. The rate falls and the distortion rises in this order.",
  },
  {
    title: "The bound",
    text: "Bayes' rule says which codes could have made a picture: the true posterior. The encoder guesses it with one ellipse. In two dimensions we need not guess: the integral is a sum over a grid.",
    question: "Will one ellipse fit the true posterior of this seven?", options: ["Yes, one ellipse fits.", "No, it has more than one place."],
    why: ["One Gaussian cannot lie in two places, so the ELBO stays below log p(x), by exactly KL(q ‖ p(z|x)).", "In many dimensions the integral cannot be summed and only the bound is left; here both are computed."],
    key: "No: there are two places, with about two thirds and one third of the probability.",
  },
  {
    title: "Blur",
    text: "Of a digit only the upper half is left. Many endings fit it. The model knows how probable each is, and can draw them one by one, or average them.",
    question: "Draw the missing half as you expect it.", options: [],
    why: ["Each ending is sharp, but they differ, and their mean is blurred: blur is what an average of possibilities looks like.", "So it is not the KL term alone that blurs: a decoder that must answer with one picture for many answers with their mean."],
    key: "Several digits fit: a 9, a 4, a 7. The mean is grey where they differ.",
  },
  {
    title: "Use it",
    text: "log p(x) says how probable a picture is under the model. It finds what does not belong: in a factory, in a hospital, in a stream of letters. How well? Try three pictures that are no digits.",
    question: "Order them by how strange the model will find them: the strangest first.", options: [],
    why: ["What is made of other strokes than digits has a low log p(x); what is made of the same strokes in another place can pass.", "The cards of the models say how often: clothes are told from digits nearly always, digits upside down only three times in four."],
    key: "The shoe is by far the strangest. The other two have figures below them.",
  },
  {
    title: "Exit",
    text: "Five questions. Every answer was on one of the stops.",
    question: "", options: [], why: [], key: "",
  },
];

/** The exit: question, options, explanation. Which option is right stands in lessons/stops.js. */
export const quiz = /** @type {[string, string[], string][]} */ ([
  ["A tutorial takes the mean over 784 pixels for the distortion and adds the KL. What happens?", ["Nothing: it is only a scale.", "The rate counts 784 times as much: all pictures look alike.", "The pictures get sharper."],
    "A mean divides the distortion by 784, which is as if β were 784: the code says next to nothing (stop 5)."],
  ["In training the KL term rises for a while. What does it mean?", ["The training fails.", "The learning rate is too high.", "The code says more about the pictures."],
    "The rate is what the code says, in nats. It rises as long as that pays off in distortion (stop 5)."],
  ["Where does the gradient go when a code is drawn at random?", ["Through μ and σ; the noise ε is drawn apart.", "Nowhere: one cannot differentiate a draw.", "Through ε, which is learned."],
    "z = μ + σ ε depends smoothly on μ and σ, whatever ε is (stop 3)."],
  ["What does a plain autoencoder paint from random codes?", ["Static noise.", "Mixtures and scraps of digits where no code is, digits elsewhere.", "Always the same picture."],
    "Its decoder is smooth too. What it was never trained on looks like something in between (stop 4)."],
  ["Why are the pictures of a VAE blurred?", ["Because of the KL term alone.", "Because two dimensions are a projection of more.", "Because one picture stands for many, and their mean is blurred."],
    "The mean of many sharp endings is blurred, with or without KL (stop 7). And the two numbers are no projection of a larger code: they are all there is (stop 2)."],
]);
