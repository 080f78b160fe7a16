// The tab style.

