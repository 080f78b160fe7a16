// Where there is more than there was (blue) or less (orange).

/** A picture in colour, 3 * H * W, of what was seen and what was painted.
 * @param {ArrayLike<number>} seen C * H * W
 * @param {ArrayLike<number>} painted */
export function difference(seen, painted, [channels, height, width]) {
  const n = height * width;
  const colours = new Float64Array(3 * n);
  for (let i = 0; i < n; i++) {
    let [sum, size] = [0, 0];
    for (let at = i; at < channels * n; at += n) {
      sum += (painted[at] - seen[at]) / channels;
      size += Math.abs(painted[at] - seen[at]) / channels;
    }
    const colour = sum < 0 ? [0.90, 0.42, 0] : [0, 0.45, 0.70];
    colour.forEach((value, c) => { colours[c * n + i] = 1 - size * (1 - value); });
  }
  return colours;
}
