// The tab compare.

