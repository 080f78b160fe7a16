// The picture of the current code, decoded in the browser as the code moves. Until the model is
// loaded, and where it cannot be, the picture is the server's: the component's value.

const VERSION = new URL(import.meta.url).search;
const { lab, shown, APOLOGY } = await import(new URL("../static/lab.js" + VERSION, import.meta.url));
const { paint } = await import(new URL("../static/vae.js" + VERSION, import.meta.url));

export function mount({ element, watch }) {
  const find = (selector) => element.querySelector(selector);

  function draw() {
    const [image, canvas] = [find("img"), find("canvas")];
    if (!image.parentElement.clientWidth) return; // on a tab that is not open
    const place = `z = ${shown(lab.z)}${lab.label === null ? "" : ` as ${lab.label}`}`;
    find("figcaption").textContent = place;
    find(".apology").hidden = !lab.failed;
    find(".apology").textContent = lab.failed && APOLOGY;
    canvas.hidden = !lab.net;
    image.hidden = Boolean(lab.net);
    const [, height, width] = lab.model.shape;
    find(".decoded").style.setProperty("--ratio", width / height);
    if (!lab.net) return;
    image.removeAttribute("data-testid");
    canvas.dataset.testid = "decoded";
    canvas.setAttribute("aria-label", `picture decoded at ${place}`);
    paint(canvas, lab.decode(...lab.z), lab.net.shape);
  }

  lab.listen(element, (what) => { if (what === "z" || what === "model") draw(); });
  watch("value", draw);
  new ResizeObserver(draw).observe(element); // when its tab opens
  if (lab.model) draw();
}
