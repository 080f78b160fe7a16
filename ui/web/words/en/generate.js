// The tab generate.

