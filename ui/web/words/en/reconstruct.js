// The tab reconstruct.

