// 在 Gradio 应用所在的电脑上训练。

export const lead = "这里由 vae_core 在提供本页面的电脑上训练：模型更大，需要多久就训练多久。关闭页面不会中断训练。";
export const watch = "启动实验室的人可以在这里训练模型；完成后，模型会出现在您的模型列表中。";
export const dataset = "图片";
export const datasets = { upload: "我的 ZIP", mnist: "MNIST", fashion: "Fashion-MNIST", cifar10: "CIFAR-10", frey: "Frey 人脸" };
export const zip = "ZIP：每一类一个文件夹，最多 200 MB";
export const name = "模型的名字";
export const objective = "最小化什么";
export const numbers = { epochs: "轮数", beta: "β", width: "宽度", blocks: "残差块", size: "边长（像素）", seed: "种子" };
export const enough = "按需要";
export const start = "训练";
export const sending = "正在发送 ZIP";
export const cancel = "取消";
export const go_on = "继续";
export const forget = "删除";
export const map = "测试图片位于模型现在给出的编码处";
export const epochs = "轮";
export const noZip = "请先选择一个 ZIP。";
export const tooLarge = "这个 ZIP 超过 200 MB。请减少或缩小图片。";
export const refused = (/** @type {string} */ why) => (/[一-鿿]/.test(why) ? why : `服务器没有接受：${why}`);
export const started = "训练已开始。";
export const queued = (/** @type {number} */ place) => (place === 1 ? "另一个训练正在进行：您的排在下一个。" : `您的训练在队列中，前面还有 ${place} 个。`);
export const begins = (/** @type {string} */ model) => `${model} 开始了：正在读取图片。`;
export const epoch = (/** @type {string} */ model, /** @type {number} */ at, /** @type {number} */ of, /** @type {number} */ left) => `${model}：第 ${at} 轮，共 ${of} 轮，大约还需 ${left < 90 ? `${Math.ceil(left)} 秒` : `${Math.ceil(left / 60)} 分钟`}。`;
export const ends = {
  done: (/** @type {string} */ model) => `${model} 已完成，并在模型列表中。`,
  stopped: (/** @type {string} */ model) => `${model} 已停止。可以从最近的检查点继续。`,
  failed: (/** @type {string} */ model, /** @type {string} */ why) => `${model} 失败了：${why}`,
};
export const waits = (/** @type {string} */ model, /** @type {number} */ place) => `${model} 在等待，第 ${place} 位。`;
export const unfinished = (/** @type {string} */ model) => `${model} 未完成。`;
