// What tests/benchmarks/browser.py measures inside the page.

const SIZE = 10; // calls in a batch: a page's clock ticks every 0.1 ms only

const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];

function checksum(canvas) {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return data.reduce((sum, value) => (31 * sum + value) | 0, 0);
}

window.bench = {
  // Median milliseconds of a call, after some that do not count, so that it has been compiled.
  milliseconds(call, batches = 50) {
    const batch = () => {
      const start = performance.now();
      for (let k = 0; k < SIZE; k++) call(k);
      return (performance.now() - start) / SIZE;
    };
    for (let k = 0; k < 20; k++) batch();
    return median(Array.from({ length: batches }, batch));
  },

  decode() { return bench.milliseconds((k) => latentLab.decode(k / SIZE, -1)); },

  // The floor: matrices (rows, columns) times vectors in eight running sums, and nothing else.
  products(shapes) {
    const layers = shapes.map(([rows, columns]) => ({
      w: Float32Array.from({ length: rows * columns }, () => Math.random() - 0.5),
      x: Float64Array.from({ length: columns }, () => Math.random() - 0.5),
      y: new Float64Array(rows),
    }));
    return bench.milliseconds(() => { for (const { w, x, y } of layers) multiply(w, x, y); });
  },

  // Median milliseconds of 20 x 20 decodes, and the longest time between two frames meanwhile.
  async manifold(times) {
    const module = (name) => import(performance.getEntriesByType("resource")
      .find((entry) => entry.name.includes(`/${name}.js?`)).name);
    const [{ lab }, { decodeTiles, tileCodes }] = await Promise.all([module("lab"), module("tiles")]);
    const canvas = document.createElement("canvas");
    const codes = tileCodes({ x: 0, y: 0, span: 9 }, 20);
    const taken = [];
    const frames = bench.frames();
    for (let k = 0; k <= times; k++) {
      const start = performance.now();
      await decodeTiles(canvas, lab.net, codes, 20, lab.label);
      if (k) taken.push(performance.now() - start);
      else frames.at.length = 0; // the first one does not count
    }
    frames.stop();
    const gaps = frames.at.slice(1).map((at, k) => at - frames.at[k]);
    return { taken: median(taken), gap: Math.max(...gaps) };
  },

  // How often a second a canvas that is painted once in a frame gets other pixels, in its middle tenth.
  async repaints(selector, seconds) {
    const canvas = [...document.querySelectorAll(selector)].find((one) => one.clientWidth);
    const pen = canvas.getContext("2d");
    let [count, before] = [0, 0];
    const put = pen.putImageData;
    pen.putImageData = (image, ...place) => {
      put.call(pen, image, ...place);
      const { length } = image.data;
      const now = image.data.subarray(0.45 * length, 0.55 * length).reduce((sum, value) => (31 * sum + value) | 0, 0);
      if (now !== before) count++;
      before = now;
    };
    await new Promise((done) => setTimeout(done, 1000 * seconds));
    delete pen.putImageData;
    return count / seconds;
  },

  frames() { // their times, until stopped
    const found = { at: [], stop() { found.stopped = true; } };
    const tick = () => { found.at.push(performance.now()); if (!found.stopped) requestAnimationFrame(tick); };
    requestAnimationFrame(tick);
    return found;
  },

  // Follow the pointer; followed() is what came since it was called last. Of each move: milliseconds from
  // its arrival until all listeners have run, and until what they left to the next frame is painted too;
  // and whether the canvas, if one is named, has other pixels. Of each frame that was painted for a move:
  // milliseconds from its beginning until it was painted.
  follow(selector) {
    const canvas = selector && [...document.querySelectorAll(selector)].find((one) => one.clientWidth);
    const told = { handled: [], painted: [], changed: 0, frames: [] };
    let arrived = 0, shown = 0, frame = 0;
    window.addEventListener("pointermove", () => {
      if (canvas) shown = checksum(canvas);
      arrived = performance.now();
    }, true);
    window.addEventListener("pointermove", () => {
      const start = arrived;
      told.handled.push(performance.now() - start);
      if (canvas && checksum(canvas) !== shown) told.changed++;
      requestAnimationFrame((begun) => { // asked for after the listeners', so called after them
        const now = performance.now();
        told.painted.push(now - start);
        if (begun !== frame) told.frames.push(now - begun);
        frame = begun;
      });
    });
    bench.followed = () => {
      const result = { ...told };
      Object.assign(told, { handled: [], painted: [], changed: 0, frames: [] });
      return result;
    };
  },

  // Move the pointer, which is pressed on a map, once in every frame: the driver of a browser is slower.
  pan(seconds) {
    const marks = [...document.querySelectorAll(".marks")].find((one) => one.clientWidth);
    const box = marks.getBoundingClientRect();
    const start = performance.now();
    return new Promise((done) => {
      const step = () => {
        const passed = (performance.now() - start) / 1000;
        const [x, y] = [2.3, 3.1].map((speed) => 0.4 + 0.1 * Math.sin(speed * passed));
        marks.dispatchEvent(new PointerEvent("pointermove", { pointerId: 1, pointerType: "mouse", bubbles: true,
          clientX: box.x + x * box.width, clientY: box.y + y * box.height }));
        if (passed < seconds) requestAnimationFrame(step);
        else done();
      };
      step();
    });
  },
};

function multiply(w, x, y) {
  const n = x.length;
  for (let row = 0; row < y.length; row += 8) {
    const a = row * n, b = a + n, c = b + n, d = c + n, e = d + n, f = e + n, g = f + n, h = g + n;
    let s0 = 0, s1 = 0, s2 = 0, s3 = 0, s4 = 0, s5 = 0, s6 = 0, s7 = 0;
    for (let i = 0; i < n; i++) {
      const v = x[i];
      s0 += w[a + i] * v; s1 += w[b + i] * v; s2 += w[c + i] * v; s3 += w[d + i] * v;
      s4 += w[e + i] * v; s5 += w[f + i] * v; s6 += w[g + i] * v; s7 += w[h + i] * v;
    }
    y[row] = s0; y[row + 1] = s1; y[row + 2] = s2; y[row + 3] = s3;
    y[row + 4] = s4; y[row + 5] = s5; y[row + 6] = s6; y[row + 7] = s7;
  }
}
