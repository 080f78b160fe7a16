// Why a picture cannot be used, and what is doubtful about one.

export const blank = "There is nothing to see on this picture: it looks blank. Draw, or give a picture with something on it.";
export const emptyCrop = "There is nothing to see in this part of the picture. Make the frame larger, or let the lab choose.";
export const otherShape = "This picture was made for another model. Choose an example, or draw.";
