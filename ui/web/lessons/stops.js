// The nine stops of the lesson, as data: what each sets up, what it asks, what it shows, and where vae_core computes it. Its sentences are
// words.lesson.stops, in the same order.

/** @typedef {{ kind: "tap" | "ellipse" | "draw" } | { kind: "choose", options: number, right: number }
 *   | { kind: "which", options: number } | { kind: "order", items: string[] } | { kind: "quiz" }} Ask */

/** minutes: of a lesson of 45. model, strokes, real: what is on the pad, drawn or the real test image of that place in the test set; rows:
 * of the image, which alone are seen; the visitor draws the others. before, after: what stands on the stage until the answer is given, and then.
 * code: a line of a file of vae_core, which computes what the formula says.
 * @typedef {{ name: string, minutes: [number, number], model: string, strokes?: number[][][], real?: number, rows?: number, before: string[],
 *   after: string[], ask: Ask | null, formula: string, code: { file: string, line: string } | null }} Stop */

const SEVEN = [[[84, 62], [198, 62], [166, 134], [128, 230]], [[104, 146], [206, 146]]];
const THREE = [[[86, 76], [104, 56], [136, 48], [166, 56], [182, 80], [178, 104], [158, 124], [134, 132]],
  [[134, 132], [166, 142], [186, 168], [182, 202], [158, 226], [124, 232], [92, 220], [76, 200]]];

/** @type {Stop[]} */
export const STOPS = [
  {
    name: "play", minutes: [0, 5], model: "mnist-vae", strokes: THREE, before: ["pad", "map", "pictures"], after: ["pad", "map", "pictures"], ask: null,
    formula: "x → q(z|x) = N(μ, σ²) → z = μ → x̂ = decoder(z)",
    code: { file: "model.py", line: "return self.decode(self.encode(x, label).mean, label)" },
  },
  {
    name: "two", minutes: [5, 9], model: "mnist-vae", strokes: SEVEN, before: ["pad"], after: ["pad", "place", "pictures"], ask: { kind: "tap" },
    formula: "encoder: ℝ⁷⁸⁴ → ℝ² × ℝ²,  x ↦ (μ, log σ²)",
    code: { file: "model.py", line: "return Posterior(mean, logvar)" },
  },
  {
    name: "cloud", minutes: [9, 14], model: "mnist-beta1", strokes: SEVEN, before: ["pad"], after: ["pad", "cloud"], ask: { kind: "ellipse" },
    formula: "z = μ + σ ε,  ε ~ N(0, I)",
    code: { file: "model.py", line: "return self.mean + self.std * noise.to(self.mean)" },
  },
  {
    name: "holes", minutes: [14, 19], model: "mnist-beta1", before: ["holes"], after: ["holes"], ask: { kind: "which", options: 2 },
    formula: "KL(q(z|x) ‖ N(0, I)) = ½ Σ (μ² + σ² − 1 − log σ²)",
    code: { file: "model.py", line: "return 0.5 * (self.mean**2 + self.logvar.exp() - 1 - self.logvar).sum(-1)" },
  },
  {
    name: "bill", minutes: [19, 25], model: "mnist-beta1", real: 3808, before: ["pad"], after: ["pad", "bill"],
    ask: { kind: "order", items: ["mnist-beta025", "mnist-beta1", "mnist-beta4"] },
    formula: "loss = distortion + β · rate;  with β = 1:  loss = −ELBO",
    code: { file: "objectives.py", line: "return Loss(distortion + beta * rate, rate, distortion)" },
  },
  {
    name: "bound", minutes: [25, 30], model: "mnist-vae", real: 522, before: ["pad"], after: ["bound", "pictures"], ask: { kind: "choose", options: 2, right: 1 },
    formula: "log p(x) = ELBO + KL(q(z|x) ‖ p(z|x)) ≥ ELBO",
    code: { file: "exact/refine.py", line: "log_prob = log_mass.logsumexp(0)" },
  },
  {
    name: "blur", minutes: [30, 35], model: "mnist-vae", real: 7562, rows: 14, before: [], after: ["blur"], ask: { kind: "draw" },
    formula: "E[hidden | seen] = Σ p(z | seen) · E[hidden | z]",
    code: { file: "exact/complete.py", line: "mean += mass @ grid._expected(weights, pixels, observed)" },
  },
  {
    name: "use", minutes: [35, 40], model: "mnist-vae", before: ["three"], after: ["strange"], ask: { kind: "order", items: ["heart", "shoe", "turned"] },
    formula: "log p(x) = log Σ p(x|z) p(z) Δz, summed over a grid",
    code: { file: "exact/grid.py", line: "block = torch.addmm(offset, pixels[some], weights.T).logsumexp(1)" },
  },
  { name: "exit", minutes: [40, 45], model: "mnist-vae", before: [], after: [], ask: { kind: "quiz" }, formula: "", code: null },
];

/** Of the exit's questions, which option is right. */
export const RIGHT = [1, 2, 0, 1, 2];

/** What the three pictures of the stop "use" are: strokes, or a real test image of a dataset, turned upside down or not. */
export const STRANGE = {
  heart: { strokes: [[[140, 96], [126, 68], [98, 58], [72, 74], [68, 108], [86, 148], [140, 220]], [[140, 96], [154, 68], [182, 58], [208, 74], [212, 108], [194, 148], [140, 220]]] },
  shoe: { dataset: "fashion", label: 7 },
  turned: { dataset: "mnist", label: 4, turned: true },
};
