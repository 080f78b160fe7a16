// The link to a view.

export const open = "Share";
export const title = "A link to this view";
export const meaning = "Whoever opens it sees the same model, tab and code. Nothing is uploaded: all of it stands in the link.";
export const drawing = "Take my drawing along";
export const qr = "The link as a QR code";
export const tooLong = "The link is too long for a QR code. Copy it instead.";
export const copy = "Copy link";
export const copied = "The link is copied.";
export const notCopied = "Your browser does not let the page copy. Select the link and copy it by hand.";
export const close = "Close";
