// The tab map.

