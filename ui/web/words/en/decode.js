// The tab decode.

