// Keeps Gradio's sliders and the page's current code in step, and says when the code has come to rest.

const VERSION = new URL(import.meta.url).search;
const { lab, shown } = await import(new URL("../static/lab.js" + VERSION, import.meta.url));

const REST = 200; // milliseconds without a move

export function mount({ element, props, trigger, watch }) {
  const sliders = () => ["z1", "z2"].map((id) => document.querySelectorAll(`#${id} input`));
  let resting = 0;

  function update() {
    lab.descriptions = props.value.models;
    const description = lab.descriptions[props.value.model];
    if (description) lab.use(description, props.value.label); // else it is damaged, which the server says
  }

  function release() {
    if (lab.model) window.latentLab.keep({ model: lab.model.name, z: lab.z.join(",") });
    trigger("release");
  }

  function rest() { // once the pointer is up as well
    clearTimeout(resting);
    resting = setTimeout(() => (lab.pressed ? rest() : release()), REST);
  }

  let known = props.value.model;
  lab.listen(element, (what) => {
    if (what === "model" && (lab.model.name !== known || lab.failed)) { // failed: the server has a picture to send
      known = lab.model.name;
      rest();
    }
    if (what !== "z") return;
    element.querySelector("span").textContent = shown(lab.z);
    sliders().forEach((inputs, axis) => inputs.forEach((input) => {
      if (input !== document.activeElement) input.value = Number(lab.z[axis].toFixed(2));
    }));
    rest();
  });

  // The DOM's own event, because Gradio's may wait for the server.
  document.addEventListener("input", (event) => {
    const axis = ["z1", "z2"].indexOf(event.target.closest?.("#z1, #z2")?.id);
    if (axis < 0 || event.target.value === "") return;
    const z = [...lab.z];
    z[axis] = Number(event.target.value);
    lab.setZ(...z);
  }, true);
  document.addEventListener("pointerdown", () => { lab.pressed = true; }, true);
  for (const name of ["pointerup", "pointercancel"]) {
    document.addEventListener(name, () => { lab.pressed = false; }, true);
  }
  element.querySelector("span").textContent = shown(lab.z);
  const asked = new URL(location).searchParams.get("z")?.split(",").map(Number);
  if (asked?.length === 2) lab.setZ(...asked);
  watch("value", update);
  update();
}
