// Strokes of a pointer on a white page; the value is the page as a PNG data URL.

const WIDTH = 20; // of the pen, on a page of 280: MNIST's strokes are about as bold

export function mount({ element, props, trigger }) {
  const canvas = element.querySelector("canvas");
  const pen = canvas.getContext("2d");
  let strokes = []; // each a list of [x, y]
  let stroke = null;
  canvas.setAttribute("aria-label", `${props.label}: draw with the mouse, a pen or a finger`);

  function paint() {
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.strokeStyle = "#000";
    pen.lineWidth = WIDTH;
    pen.lineCap = pen.lineJoin = "round";
    for (const points of strokes) {
      pen.beginPath();
      for (const [x, y] of points) pen.lineTo(x, y);
      if (points.length === 1) pen.lineTo(points[0][0] + 0.1, points[0][1]); // a dot
      pen.stroke();
    }
  }

  function publish() {
    props.value = strokes.length ? canvas.toDataURL("image/png") : null;
    trigger("change");
  }

  function place(event) {
    const scale = canvas.width / canvas.clientWidth;
    return [event.offsetX * scale, event.offsetY * scale];
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (stroke) return; // a second finger
    canvas.setPointerCapture(event.pointerId);
    stroke = { id: event.pointerId, points: [place(event)] };
    strokes.push(stroke.points);
    paint();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerId !== stroke?.id) return;
    for (const part of event.getCoalescedEvents?.() ?? [event]) stroke.points.push(place(part));
    paint();
  });
  for (const name of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(name, (event) => {
      if (event.pointerId !== stroke?.id) return;
      stroke = null;
      publish();
    });
  }
  const tools = { undo: () => strokes.pop(), clear: () => { strokes = []; } };
  for (const button of element.querySelectorAll("[data-tool]")) {
    button.onclick = () => { tools[button.dataset.tool](); paint(); publish(); };
  }
  paint();
}
