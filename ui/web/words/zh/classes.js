// 以词为类别的数据集的类别：键是状态、链接和文件中的名字。

export const names = {
  "T-shirt": "T恤", trousers: "裤子", pullover: "套头衫", dress: "连衣裙", coat: "外套", sandal: "凉鞋", shirt: "衬衫", sneaker: "运动鞋", bag: "包", "ankle boot": "短靴",
  airplane: "飞机", automobile: "汽车", bird: "鸟", cat: "猫", deer: "鹿", dog: "狗", frog: "青蛙", horse: "马", ship: "船", truck: "卡车",
};
