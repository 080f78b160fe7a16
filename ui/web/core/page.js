// The page of the draw pad: black strokes on white, in places of SIDE a side.

export const SIDE = 280;
const WIDTH = 20; // of the pen: MNIST's strokes are about as bold
const SEEN = 112; // pixels a side of what is shown to a model, whose digits are 20 high
let small = null; // a canvas of that size

// Paint strokes, each a list of [x, y], with a canvas's 2-D context, over all that was there.
export function drawPage(pen, strokes, width = WIDTH, background = "#fff") {
  const scale = pen.canvas.width / SIDE;
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  pen.fillStyle = background;
  pen.fillRect(0, 0, SIDE, SIDE);
  pen.strokeStyle = "#000";
  pen.lineWidth = width;
  pen.lineCap = pen.lineJoin = "round";
  for (const points of strokes) {
    pen.beginPath();
    for (const [x, y] of points) pen.lineTo(x, y);
    const [[left, top]] = points;
    // A click: a line without a length would leave nothing.
    if (points.every(([x, y]) => x === left && y === top)) pen.lineTo(left + 0.1, top);
    pen.stroke();
  }
}

/** What a model is shown of strokes. */
export function pixelsOf(strokes) {
  small ??= Object.assign(document.createElement("canvas"), { width: SEEN, height: SEEN }).getContext("2d", { willReadFrequently: true });
  drawPage(small, strokes);
  return small.getImageData(0, 0, SEEN, SEEN);
}
