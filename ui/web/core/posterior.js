// q(z|x), the encoder's answer: how much it says, and the average over it without sampling noise.

/** Codes along each axis of the quadrature over q(z|x): Gauss and Hermite's eight nodes and weights for
 * N(0, 1) (Abramowitz and Stegun 1964, 25.4.46), as VAE.elbo has them. */
export const NODES = [-4.1445471861258945, -2.8024858612875416, -1.6365190424351082, -0.5390798113513751,
  0.5390798113513751, 1.6365190424351082, 2.8024858612875416, 4.1445471861258945];
export const WEIGHTS = [1.1261453837536717e-4, 9.635220120788276e-3, 0.11723990766175914, 0.3730122576790776,
  0.3730122576790776, 0.11723990766175914, 9.635220120788276e-3, 1.1261453837536717e-4];

/** KL(q(z|x) || N(0, I)) in nats (Kingma and Welling 2013, appendix B, negated). */
export const rate = ({ mean, logvar }) =>
  mean.reduce((sum, m, k) => sum + 0.5 * (m ** 2 + Math.exp(logvar[k]) - 1 - logvar[k]), 0);
