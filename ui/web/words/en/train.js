// The tab Train.

import { number, percent } from "../../numbers.js";

export const lead = "Press Train and watch two networks organise a plane: nobody tells them the classes.";
export const data = "Pictures";
export const sets = {
  digits: "real digits, 8 × 8", imagined: "digits imagined by mnist-cvae", drawings: "my drawings", pictures: "my pictures",
};
export const about = {
  digits: "1,797 digits that people wrote (Optical Recognition of Handwritten Digits, Alpaydin and Kaynak 1998, UCI; CC BY 4.0).",
  imagined: "4,000 digits that another model, mnist-cvae, painted a moment ago: they are not real, but each is known by its class and two style numbers. Colour the points by them.",
  drawings: "What you draw, with copies a little shifted, turned and scaled.",
  pictures: "Your files, with copies a little shifted, turned and scaled if there are few. They stay on this computer.",
};
export const making = "Making the pictures…";
export const go = "Train";
export const pause = "Pause";
export const goOn = "Go on";
export const one = "One step";
export const again = "Start again";
export const counts = (/** @type {number} */ train, /** @type {number} */ test, /** @type {number} */ parameters) => `${train} pictures to learn from, ${test} held out to test with; ${parameters.toLocaleString("en")} parameters.`;
export const plane = "The plane while it learns: each dot is a picture at its code";
export const planeNote = "Behind the dots stands what the decoder paints at each place.";
export const colourBy = "Colour by";
export const colours = { class: "class", first: "first style number", second: "second style number" };
export const beta = "β, the weight of the rate";
export const betaNote = "Move it while it trains: the curves show when. Large: codes move together and say less. Small: they spread and say more.";
export const steps = "steps";
export const passes = "passes over the pictures";
export const pace = "steps a second";
export const knn = "20-NN accuracy";
export const exact = "log p(x), exact";
export const elbo = "ELBO";
export const memory = "memory";
export const figures = { knn: "Of the pictures held out, how many have the class of most of their 20 neighbours.", exact: "How well the model tells the pictures held out, by Bayes' rule; measured every few seconds." };
export const nats = (/** @type {number} */ value) => `${number(value, 2)} nats`;
export const share = (/** @type {number} */ value) => percent(value, 1);
export const megabytes = (/** @type {number} */ value) => `${number(value, 1)} MB`;
export const charts = {
  elbo: "ELBO, nats per picture", bound: "ELBO and exact log p(x), nats per picture", distortion: "Distortion, nats per picture", rate: "Rate, nats per picture", steps: "steps",
};
export const elboLine = "ELBO (training)";
export const exactDots = "log p(x) (held out)";
export const chartWords = (/** @type {string} */ name, /** @type {number} */ from, /** @type {number} */ to) => `${name}: from ${number(from, 1)} to ${number(to, 1)}`;
export const marks = { beta: (/** @type {number} */ value) => `β = ${value}`, rate: (/** @type {number} */ value) => `learning rate ${value}` };
export const recipe = "How it learns";
export const choices = {
  objective: ["What is minimized", "The ELBO leaves codes uncertain; an autoencoder's are points; the importance-weighted bound is nearer to log p(x)."],
  samples: ["Codes a picture, K", "How many codes the importance-weighted bound draws for each picture."],
  likelihood: ["Pixels are", "Black or white with a probability (Bernoulli), or grey with a deviation that is learned (Gaussian)."],
  width: ["Width", "Numbers in each hidden layer. Wider learns finer things, slower."],
  blocks: ["Blocks", "Residual blocks of each network. More can bend the plane more."],
  rate: ["Learning rate", "How far a step goes. Too large, and the curves jump. It may be changed while it trains."],
  batch: ["Pictures a step", "More make a step surer and slower."],
  seed: ["Seed", "The same seed gives the same training on the same computer."],
  fresh: ["Draw black and white anew in every step", "A grey pixel is white as often as it is bright. It keeps the network from learning pictures by heart."],
};
export const objectives = { elbo: "ELBO (a VAE)", iwae: "importance-weighted bound", autoencoder: "distortion alone (autoencoder)" };
export const likelihoods = { bernoulli: "Bernoulli", gaussian: "Gaussian" };
export const stale = "Start again to use what you changed.";
export const slow = "One step in slow motion";
export const slowLead = "What one step does with one picture, before anything is changed by it.";
export const slowAgain = "Again";
export const slowOther = "Another picture";
export const stages = {
  picture: "1. A picture x.",
  posterior: (/** @type {string} */ mean, /** @type {string | null} */ std) => (std ? `2. The encoder answers with q(z|x): the mean ${mean} and the deviations ${std}.` : `2. The encoder answers with a point, ${mean}: an autoencoder has no q(z|x).`),
  noise: (/** @type {string} */ noise) => `3. Two random numbers are drawn: ε = ${noise}.`,
  code: (/** @type {string} */ z) => `4. The code is the mean plus deviation times ε: z = ${z}.`,
  decoded: "5. The decoder paints that code.",
  cost: (/** @type {number} */ distortion, /** @type {number | null} */ rate, /** @type {number} */ beta) => (rate === null ? `6. What is paid: distortion ${number(distortion, 1)} nats.` : `6. What is paid: distortion ${number(distortion, 1)} nats, and ${beta === 1 ? "" : `β = ${beta} times `}the rate of ${number(rate, 1)} nats.`),
  gradient: "7. The gradient says where the mean should go for both together to fall: the arrow. All weights move a little so that it does.",
};
export const slowMap = "The code of the picture: q(z|x) as an ellipse, z as a dot, and where the gradient sends the mean as an arrow";
export const mine = "My models";
export const added = (/** @type {string} */ name) => `It is in the list of models now, as ${name}, and works on all tabs.`;
export const useIt = "Use it on the other tabs";
export const onHost = "Train on the server's computer";
export const needSimd = "This browser cannot train: it has no SIMD for WebAssembly. Those of the last few years have it.";
export const diverged = "The numbers became too large, so it has stopped. Start again with a smaller learning rate.";
export const tooFew = "There are fewer than six pictures: three kinds of two make a start.";
export const failed = (/** @type {string} */ why) => `It has stopped: ${why}.`;
export const noModel = "The model mnist-cvae, which imagines digits, is not here.";
