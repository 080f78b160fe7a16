// The tab complete.

