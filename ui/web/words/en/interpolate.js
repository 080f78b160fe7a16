// The tab interpolate.

