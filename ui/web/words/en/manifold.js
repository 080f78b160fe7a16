// The tab manifold.

