// Types that all modules of the page share, for `tsc --checkJs`: nothing here runs.

/** What a host says of a model. The last are addresses; of models trained elsewhere there may be no history. */
interface Description {
  name: string;
  title: string; // of its data, for people
  dataset: string;
  shape: [number, number, number]; // channels, height, width
  classes: string[];
  preparation: "ink" | "photo" | "thing";
  conditional: boolean;
  probabilistic: boolean;
  gaussian: boolean;
  objective: "elbo" | "iwae" | "autoencoder" | "exact";
  beta: number;
  decoder: string;
  encoder: string;
  encodings: string;
  history?: string;
  layers?: string; // figures of the plane, computed once per model: see core/layers.js
  metrics?: string; // JSON: the figures of its card
  mine?: boolean; // whether the visitor trained it or brought it
  kept?: boolean; // of those, whether the browser keeps it
  problem?: string; // why it cannot be used, as a sentence for programs; then nothing else but the name is there, and
  fault?: [string, string]; // the same as a key of words.errors and the file that it is about
}

/** What the page may ask of the machine it comes from. */
interface Host {
  name: "gradio" | "static" | "file";
  descriptions: Description[];
  /** Whether a question can be answered here: what cannot is not offered. */
  can(question: string): boolean;
  /** JSON in, JSON out; rejects with a Fault of core/fault.js; of a server its message is a sentence for programs. */
  ask(question: string, details: object): Promise<any>;
  /** Where a file of vae_core can be read, with a line of it marked; null where it cannot. */
  source(file: string, line: string): string | null;
}

type Code = [number, number];
type Frame = [number, number, number, number]; // left, top, right, bottom, in shares of a picture

/** A picture as it came, before any model has seen it. */
interface Picture {
  kind: "example" | "drawing" | "upload" | "prepared";
  /** Its pixels, upright. Of a "prepared" one, as a model sees it, there is `image` instead. */
  pixels?: { data: Uint8ClampedArray; width: number; height: number };
  /** C * H * W values in [0, 1] for models of `shape`, which need no preparation. */
  image?: Float32Array;
  shape?: [number, number, number];
  of?: string; // the data that a "prepared" one is from, or the model that painted it
  example?: number; // which of the model's
  name?: string; // of the file, or of the example
  strokes?: number[][][]; // of a drawing: what the pad shows
  crop?: Frame | null; // by hand
  photograph?: HTMLCanvasElement; // of an upload: what the page shows of it
}

/** q(z|x) of the picture as the model in use sees it, known within the event. */
interface Seen {
  image: Float32Array;
  frame: Frame;
  groups: Frame[];
  doubt: string; // a key of words.doubts, "" without doubt
  mean: Code;
  logvar: Code; // -Infinity for a point
  std: Code | null; // null for a point
  label: string | null; // the class it was read as, by a model that is told one
}

/** Of a Seen, once the hand rests. Nats; null for a plain autoencoder. */
interface Measured { rate: number | null; distortion: number; elbo: number | null; }

/** p(z|x) of a Seen, by Bayes' rule: see core/exact.js. */
interface ExactPosterior {
  logProb: number; // log p(x), nats
  klQP: number | null; // KL(q(z|x) || p(z|x)) = log p(x) - ELBO
  modes: { z: Code; mass: number }[]; // with more than 5 % of the mass, the heaviest first
  cells: [number, number, number, number][]; // z1, z2, width, nats below the highest: what a map shades
  percentile: number; // per cent of the test images with a lower log p(x)
  near: number; // mass within three deviations of q; NaN for a point
}

/** What a picture may be where it is hidden: see core/exact.js. */
interface Completion {
  mean: Float32Array; // E[x|what is known], C * H * W
  codes: Code[]; // drawn from p(z|what is known)
  samples: Float32Array[]; // decoded there
  logProb: number; // of what is known, nats
  modes: { z: Code; mass: number }[];
  cells: [number, number, number, number][];
  entropyBits: number; // of the code: how large the area is in which it may lie
  informationBits: number; // KL(p(z|what is known) || p(z)): what was learned of the code
}
