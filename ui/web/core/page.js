// The page of the draw pad: black strokes on white.

const WIDTH = 20; // of the pen, on a page of 280: MNIST's strokes are about as bold

// Paint strokes, each a list of [x, y], with a canvas's 2-D context, over all that was there.
export function drawPage(pen, strokes, width = WIDTH, background = "#fff") {
  pen.fillStyle = background;
  pen.fillRect(0, 0, pen.canvas.width, pen.canvas.height);
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
