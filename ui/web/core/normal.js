// The quantile function of N(0, 1): below which value lies a share u of the probability, 0 < u < 1.
// Peter Acklam's rational approximation; its relative error stays below 1.2e-9.

const MIDDLE = [
  [-39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716, 2.506628277459239],
  [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1],
];
const TAIL = [
  [-0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968, 2.938163982698783],
  [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1],
];
const EDGE = 0.02425; // of the tail

const ratio = (halves, x) => halves.map((all) => all.reduce((sum, one) => sum * x + one)).reduce((a, b) => a / b);

export function quantile(u) {
  if (u < EDGE) return ratio(TAIL, Math.sqrt(-2 * Math.log(u)));
  if (u > 1 - EDGE) return -ratio(TAIL, Math.sqrt(-2 * Math.log1p(-u)));
  return (u - 0.5) * ratio(MIDDLE, (u - 0.5) ** 2);
}
